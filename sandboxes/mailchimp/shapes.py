"""The bodies the audience endpoints take. A field that is not here is refused."""

from sandboxes.mailchimp.membership import WRITABLE_STATUSES
from sandboxes.mailchimp.merge_values import MERGE_TYPES, merge_value
from sandboxes.mailchimp.schema import (
    Check,
    anything,
    array,
    boolean,
    date_time,
    integer,
    ip_address,
    mapping,
    number,
    plain_text,
    record,
    text,
)

LARGEST_BATCH = 500

_PROFILE: dict[str, Check] = {
    "email_type": text(enum=("html", "text")),
    "merge_fields": mapping(merge_value),
    "interests": mapping(boolean),
    "language": plain_text,
    "vip": boolean,
    "location": record({"latitude": number, "longitude": number}),
    "ip_signup": ip_address,
    "timestamp_signup": date_time,
    "ip_opt": ip_address,
    "timestamp_opt": date_time,
    "email_address": text(shortest=1),
    "status": text(enum=WRITABLE_STATUSES),
}
_PERMISSION = record(
    {"marketing_permission_id": plain_text, "enabled": boolean}, ("marketing_permission_id",)
)
_PERMISSIONS = array(_PERMISSION)
_TAG_NAMES = array(text(shortest=1, longest=100))
_SINGLE = _PROFILE | {"marketing_permissions": _PERMISSIONS}

NEW_MEMBER = record(_SINGLE | {"tags": _TAG_NAMES}, ("email_address", "status"))
# `tags` is no part of the documented body, yet the vendor takes it: honoured for a new contact, dropped
# without a word for an existing one.
PUT_MEMBER = record(
    _SINGLE | {"status_if_new": text(enum=WRITABLE_STATUSES), "tags": _TAG_NAMES},
    ("email_address", "status_if_new"),
)
PATCH_MEMBER = record(_SINGLE | {"status": text(enum=WRITABLE_STATUSES[:4]), "tags": _TAG_NAMES})
BATCH_SUBSCRIBE = record(
    {
        "members": array(record(_PROFILE | {"tags": _TAG_NAMES}), most=LARGEST_BATCH),
        "update_existing": boolean,
        "sync_tags": boolean,
    },
    ("members",),
)

_OPTIONS: dict[str, Check] = {
    "default_country": integer,
    "phone_format": plain_text,
    "date_format": plain_text,
    "choices": array(plain_text),
}
_MERGE_FIELD: dict[str, Check] = {
    "tag": plain_text,
    "name": text(shortest=1),
    "required": boolean,
    "default_value": plain_text,
    "public": boolean,
    "display_order": integer,
    "help_text": plain_text,
}
NEW_MERGE_FIELD = record(
    _MERGE_FIELD | {"type": text(enum=MERGE_TYPES), "options": record(_OPTIONS | {"size": integer})},
    ("name", "type"),
)
PATCH_MERGE_FIELD = record(_MERGE_FIELD | {"options": record(_OPTIONS)}, ("name",))

EVENT = record(
    {
        "name": text(shortest=2, longest=30),
        "properties": mapping(plain_text),
        "occurred_at": date_time,
        "is_syncing": boolean,
    },
    ("name",),
)

_SEGMENT_OPTIONS = record({"match": text(enum=("any", "all")), "conditions": array(mapping(anything))})
_SEGMENT: dict[str, Check] = {
    "name": text(shortest=1, longest=100),
    "static_segment": array(plain_text),
    "options": _SEGMENT_OPTIONS,
}
SEGMENT = record(_SEGMENT, ("name",))
SEGMENT_MEMBERS = record(
    {
        "members_to_add": array(plain_text, most=LARGEST_BATCH),
        "members_to_remove": array(plain_text, most=LARGEST_BATCH),
    }
)
SEGMENT_MEMBER = record({"email_address": plain_text}, ("email_address",))

_EVENTS = record(
    dict.fromkeys(("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign"), boolean)
)
WEBHOOK = record(
    {
        "url": plain_text,
        "events": _EVENTS,
        "sources": record(dict.fromkeys(("user", "admin", "api"), boolean)),
    }
)
