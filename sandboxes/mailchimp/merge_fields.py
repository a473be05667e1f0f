"""/lists/{list_id}/merge-fields: which fields an audience has."""

import re

from sandboxes.mailchimp.errors import bad_request, invalid_resource, not_found
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.shapes import NEW_MERGE_FIELD, PATCH_MERGE_FIELD
from sandboxes.mailchimp.state import Audience, MergeField

MOST_FIELDS = 30
_TAG = re.compile(r"[A-Z0-9_]{1,10}")

MERGE_FIELD: Shape = shape(
    "merge_id tag name type required default_value public display_order help_text list_id",
    options=shape("default_country phone_format date_format choices size"),
    _links=OPEN,
)
MERGE_FIELDS: Shape = shape("list_id total_items", merge_fields=MERGE_FIELD, _links=OPEN)

_SETTABLE = ("name", "required", "default_value", "public", "display_order", "help_text")
_OPTIONS: dict[str, dict[str, object]] = {
    "text": {"size": 25, "choices": []},
    "address": {"default_country": 164, "choices": []},
    "phone": {"phone_format": "none", "choices": []},
    "date": {"date_format": "MM/DD/YYYY", "choices": []},
    "birthday": {"date_format": "MM/DD", "choices": []},
}


def add_field(audience: Audience, tag: str, name: str, kind: str, *, required: bool = False) -> MergeField:
    """Defines a field. Contacts there are keep no value for it, required or not."""
    merge_id = audience.next_merge_id
    audience.next_merge_id += 1
    options = dict(_OPTIONS.get(kind, {"choices": []}))
    merge_field = MergeField(merge_id, tag or f"MMERGE{merge_id}", name, kind, required, options=options)
    merge_field.display_order = merge_id + 1
    audience.merge_fields[merge_field.tag] = merge_field
    audience.version += 1
    return merge_field


def _view(op: Operation, audience: Audience, merge_field: MergeField) -> Answer:
    return {
        "merge_id": merge_field.merge_id,
        "tag": merge_field.tag,
        "name": merge_field.name,
        "type": merge_field.type,
        "required": merge_field.required,
        "default_value": merge_field.default_value,
        "public": merge_field.public,
        "display_order": merge_field.display_order,
        "options": merge_field.options,
        "help_text": merge_field.help_text,
        "list_id": audience.id,
        "_links": op.links("lists", audience.id, "merge-fields", str(merge_field.merge_id)),
    }


def list_fields(op: Operation) -> Answer:
    audience, kind = op.audience(), op.one("type")
    found = [
        one
        for one in audience.merge_fields.values()
        if kind in {"", one.type} and (not op.one("required") or one.required == op.flag("required"))
    ]
    return {
        "merge_fields": [_view(op, audience, one) for one in found[op.page()]],
        "list_id": audience.id,
        "total_items": len(found),
        "_links": op.links("lists", audience.id, "merge-fields"),
    }


def _known(op: Operation, audience: Audience) -> MergeField:
    for merge_field in audience.merge_fields.values():
        if str(merge_field.merge_id) == op.params["merge_id"]:
            return merge_field
    raise not_found()


def get_field(op: Operation) -> Answer:
    audience = op.audience()
    return _view(op, audience, _known(op, audience))


def post_field(op: Operation) -> Answer:
    audience, body = op.audience(), op.body(NEW_MERGE_FIELD)
    if len(audience.merge_fields) >= MOST_FIELDS:
        raise bad_request(f"An audience can have no more than {MOST_FIELDS} merge fields.")
    tag = str(body.get("tag", ""))
    _check_tag(audience, tag)
    merge_field = add_field(audience, tag, str(body["name"]), str(body["type"]))
    _set(merge_field, body)
    return _view(op, audience, merge_field)


def patch_field(op: Operation) -> Answer:
    audience = op.audience()
    merge_field, body = _known(op, audience), op.body(PATCH_MERGE_FIELD)
    tag = str(body.get("tag", merge_field.tag))
    if tag != merge_field.tag:
        _check_tag(audience, tag)
        _rename(audience, merge_field, tag)
    _set(merge_field, body)
    return _view(op, audience, merge_field)


def delete_field(op: Operation) -> None:
    audience = op.audience()
    merge_field = _known(op, audience)
    del audience.merge_fields[merge_field.tag]
    for member in audience.members.values():
        member.merge.pop(merge_field.tag, None)
    audience.version += 1


def _check_tag(audience: Audience, tag: str) -> None:
    if tag and not _TAG.fullmatch(tag):
        raise invalid_resource([("tag", "A tag has at most 10 characters of A-Z, 0-9 and _")])
    if tag in audience.merge_fields or tag == "EMAIL":
        raise bad_request(f'A Merge Field with the tag "{tag}" already exists for this list.')


def _rename(audience: Audience, merge_field: MergeField, tag: str) -> None:
    for member in audience.members.values():
        if merge_field.tag in member.merge:
            member.merge[tag] = member.merge.pop(merge_field.tag)
    fields = list(audience.merge_fields.values())
    merge_field.tag = tag
    audience.merge_fields = {one.tag: one for one in fields}
    audience.version += 1


def _set(merge_field: MergeField, body: Answer) -> None:
    for name in _SETTABLE:
        if name in body:
            setattr(merge_field, name, body[name])
    options = body.get("options")
    if isinstance(options, dict):
        merge_field.options |= options


_ALL = "/lists/{list_id}/merge-fields"
_ONE = f"{_ALL}/{{merge_id}}"
ROUTES = [
    Route("GET", _ALL, list_fields, MERGE_FIELDS),
    Route("POST", _ALL, post_field),
    Route("GET", _ONE, get_field, MERGE_FIELD),
    Route("PATCH", _ONE, patch_field),
    Route("DELETE", _ONE, delete_field),
]
