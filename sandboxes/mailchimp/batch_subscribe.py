"""POST /lists/{list_id}: up to 500 contacts at once. The answer is 200 even if every row failed."""

from sandboxes.mailchimp import membership, shapes
from sandboxes.mailchimp.addresses import subscriber_hash
from sandboxes.mailchimp.errors import Problem, invalid_resource
from sandboxes.mailchimp.member_view import brief_view
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Audience, Member
from sandboxes.mailchimp.tags import add_tags, replace_tags

NO_STATUS = "A status is needed to add a new contact."


class _RowFailed(Exception):
    """A row that comes back under `errors`."""

    def __init__(self, error: str, code: str = "ERROR_GENERIC", field: str = "", message: str = "") -> None:
        super().__init__(error)
        self.row: Answer = {"error": error, "error_code": code, "field": field, "field_message": message}


class _Batch:
    """One call: the options, and what became of the rows so far."""

    def __init__(self, op: Operation, audience: Audience, body: Answer) -> None:
        self.op = op
        self.audience = audience
        self.update_existing = body.get("update_existing") is True
        self.sync_tags = body.get("sync_tags") is True
        self.skip_required = op.flag("skip_merge_validation")
        self.skip_duplicates = op.flag("skip_duplicate_check")
        self.seen: set[str] = set()
        self.new: list[Answer] = []
        self.updated: list[Answer] = []
        self.errors: list[Answer] = []

    def take(self, row: Answer) -> None:
        email = str(row.get("email_address", ""))
        key = subscriber_hash(email)
        if key in self.seen:
            if not self.skip_duplicates:
                self._fail(email, _RowFailed(f"{email} is in this request more than once."))
            return
        self.seen.add(key)
        member = self.audience.members.get(key)
        try:
            if member is None:
                self._create(email, row)
            else:
                self._update(member, row)
        except _RowFailed as failed:
            self._fail(email, failed)
        except Problem as problem:
            field, message = problem.faults[0] if problem.faults else ("", "")
            self._fail(email, _RowFailed(problem.detail, field=field, message=message))

    def _create(self, email: str, row: Answer) -> None:
        status = str(row.get("status", ""))
        if not status:
            raise _RowFailed(NO_STATUS)
        op, audience = self.op, self.audience
        member = membership.create(audience, email, status, row, op.now, skip_required=self.skip_required)
        tags = row.get("tags")
        if isinstance(tags, list):
            add_tags(op.account, audience, member, tags, op.now)
        op.journal.wrote("members", f"{audience.id}/{member.hash}", "created")
        self.new.append(brief_view(audience, member, op.base))

    def _update(self, member: Member, row: Answer) -> None:
        if not self.update_existing:
            raise _RowFailed(
                f"{member.email} is already a list member, do you want to update? "
                "please provide update_existing:true in the request body",
                "ERROR_CONTACT_EXISTS",
            )
        op, audience, status = self.op, self.audience, str(row.get("status", ""))
        email = str(row["email_address"])
        changed = membership.update(
            audience, member, row, op.now, status=status, skip_required=self.skip_required
        )
        changed |= membership.readdress(audience, member, email, op.now)  # another spelling of the same one
        if self._tag(member, row.get("tags")):
            membership.touch(audience, member, op.now)
            changed = True
        op.journal.wrote("members", f"{audience.id}/{member.hash}", "updated" if changed else "unchanged")
        self.updated.append(brief_view(audience, member, op.base))

    def _tag(self, member: Member, tags: object) -> bool:
        if not isinstance(tags, list):
            return False
        change = replace_tags if self.sync_tags else add_tags
        return change(self.op.account, self.audience, member, tags, self.op.now)

    def _fail(self, email: str, failed: _RowFailed) -> None:
        self.errors.append({"email_address": email, **failed.row})


def batch_subscribe(op: Operation) -> Answer:
    audience, body = op.audience(), op.body(shapes.BATCH_SUBSCRIBE)
    if body.get("sync_tags") is True and body.get("update_existing") is not True:
        raise invalid_resource([("sync_tags", "sync_tags needs update_existing to be true")])
    batch, rows = _Batch(op, audience, body), body["members"]
    for row in rows if isinstance(rows, list) else ():
        batch.take(row)
    return {
        "new_members": batch.new,
        "updated_members": batch.updated,
        "errors": batch.errors,
        "total_created": len(batch.new),
        "total_updated": len(batch.updated),
        "error_count": len(batch.errors),
        "_links": op.links("lists", audience.id),
    }


ROUTES = [Route("POST", "/lists/{list_id}", batch_subscribe)]
