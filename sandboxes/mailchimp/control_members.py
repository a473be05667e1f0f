"""What happens to contacts without the API: people leave, mails bounce, colleagues edit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sandboxes.kit import MutationFailed
from sandboxes.mailchimp import campaigns, membership
from sandboxes.mailchimp.addresses import subscriber_hash
from sandboxes.mailchimp.errors import Problem
from sandboxes.mailchimp.state import Audience, Member
from sandboxes.mailchimp.tags import add_tags
from sandboxes.mailchimp.times import stamp

if TYPE_CHECKING:
    from sandboxes.mailchimp.sandbox import Mailchimp


class MemberMutations:
    """Each public method is a mutation. `list_id` is the first audience unless it is given."""

    def __init__(self, sandbox: "Mailchimp") -> None:
        self._account = sandbox.account
        self._clock = sandbox.clock

    def unsubscribe(self, email: str, list_id: str = "", reason: str = "Normally unsubscribed") -> str:
        """The contact leaves: by himself, so that the API may not bring him back."""
        audience, member = self._found(email, list_id)
        self._move(audience, member, "unsubscribed", "user")
        member.compliance, member.unsubscribe_reason = True, reason
        return member.hash

    def admin_unsubscribe(self, email: str, list_id: str = "") -> str:
        """A colleague takes the contact off. The API could put him back."""
        audience, member = self._found(email, list_id)
        self._move(audience, member, "unsubscribed", "admin")
        return member.hash

    def clean(self, email: str, list_id: str = "") -> str:
        """Mail to the address bounces for good."""
        audience, member = self._found(email, list_id)
        self._move(audience, member, "cleaned", "admin")
        return member.hash

    def confirm(self, email: str, list_id: str = "") -> str:
        """A pending contact clicks the link in the opt-in mail."""
        audience, member = self._found(email, list_id)
        if member.status != "pending":
            raise MutationFailed(f"{email} is {member.status}, not pending")
        member.compliance = False
        self._move(audience, member, "subscribed", "user")
        return member.hash

    def sign_up(self, email: str, list_id: str = "", merge_fields: Mapping[str, object] | None = None) -> str:
        """Somebody fills in the sign-up form. That is the one way back for who left or was forgotten."""
        audience, key = self._audience(list_id), subscriber_hash(email)
        audience.forgotten.discard(key)
        member = audience.members.get(key)
        if member is None:
            now = self._now()
            member = membership.enlist(audience, email, "subscribed", now, merge=dict(merge_fields or {}))
            member.source, member.timestamp_signup = "Hosted Signup Form", now
        else:
            member.compliance = False
            member.merge |= merge_fields or {}
            self._move(audience, member, "subscribed", "user")
        return member.hash

    def archive(self, email: str, list_id: str = "") -> str:
        audience, member = self._found(email, list_id)
        membership.archive(audience, member, self._now(), "admin")
        return member.hash

    def unarchive(self, email: str, list_id: str = "", status: str = "subscribed") -> str:
        """A colleague takes the contact out of the archive."""
        audience, member = self._found(email, list_id)
        if member.status != "archived":
            raise MutationFailed(f"{email} is {member.status}, not archived")
        self._move(audience, member, status, "admin")
        return member.hash

    def forget(self, email: str, list_id: str = "") -> str:
        audience, member = self._found(email, list_id)
        membership.forget(audience, member, self._now(), "admin")
        return member.hash

    def edit_member(
        self, email: str, merge_fields: Mapping[str, object], list_id: str = "", language: str = ""
    ) -> str:
        """A colleague types into the contact's page, which accepts anything, half an address too."""
        audience, member = self._found(email, list_id)
        values = {**member.merge, **merge_fields}
        member.merge = {tag: value for tag, value in values.items() if value != ""}
        member.language = language or member.language
        membership.touch(audience, member, self._now())
        membership.tell(audience, member, "profile", self._now(), source="admin")
        return member.hash

    def change_address(self, email: str, new_email: str, list_id: str = "") -> str:
        """The contact gives another address on their profile page."""
        audience, member = self._found(email, list_id)
        try:
            membership.readdress(audience, member, new_email, self._now(), source="user")
        except Problem as problem:
            raise MutationFailed(str(problem)) from problem
        return member.hash

    def tag_member(self, email: str, tags: list[str], list_id: str = "") -> str:
        audience, member = self._found(email, list_id)
        add_tags(self._account, audience, member, tags, self._now())
        membership.touch(audience, member, self._now())
        return member.hash

    def flood(self, email: str, list_id: str = "", seconds: float = 86400) -> str:
        """The address signed up too often: for a while new sign-ups of it are refused."""
        audience, key = self._audience(list_id), subscriber_hash(email)
        until = self._clock.now().timestamp() + seconds
        audience.flooded[key] = stamp(self._clock.now().fromtimestamp(until, self._clock.now().tzinfo))
        return key

    def send_campaign(self, title: str = "News", list_id: str = "") -> str:
        """Sends a mail to everybody subscribed; says its id."""
        return campaigns.send(self._account, self._audience(list_id), title, self._now()).id

    def engage(
        self,
        email: str,
        campaign_id: str,
        done: str = "open",
        url: str = campaigns.LINK,
        bounce: str = "hard",
    ) -> str:
        """One contact opens, clicks, or bounces, now."""
        campaign = self._account.campaigns.get(campaign_id)
        key = subscriber_hash(email)
        if campaign is None or key not in campaign.recipients:
            raise MutationFailed(f"the campaign {campaign_id} was not sent to {email}")
        entry: dict[str, object] = {"action": done, "timestamp": self._now(), "ip": campaigns.IP}
        if done == "click":
            entry["url"] = url
        elif done == "bounce":
            entry["type"] = bounce
        campaign.extra.setdefault(key, []).append(entry)
        return key

    def _move(self, audience: Audience, member: Member, status: str, source: str) -> None:
        if member.status != status:
            membership.move(audience, member, status, self._now(), source)
        membership.touch(audience, member, self._now())

    def _found(self, email: str, list_id: str) -> tuple[Audience, Member]:
        audience = self._audience(list_id)
        member = audience.members.get(subscriber_hash(email))
        if member is None:
            raise MutationFailed(f"{email} is not in the audience {audience.name}")
        return audience, member

    def _audience(self, list_id: str) -> Audience:
        wanted = list_id or next(iter(self._account.audiences))
        if wanted not in self._account.audiences:
            raise MutationFailed(f"no audience {wanted!r}")
        return self._account.audiences[wanted]

    def _now(self) -> str:
        return stamp(self._clock.now())
