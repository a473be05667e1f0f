"""The life of a contact in an audience: how it comes, changes, leaves, and what the vendor refuses.

Only rules and state here; the endpoints are in `members.py` and `batch_subscribe.py`.
"""

from collections.abc import Mapping

from sandboxes.mailchimp import errors
from sandboxes.mailchimp.addresses import is_real, subscriber_hash
from sandboxes.mailchimp.merge_values import accept
from sandboxes.mailchimp.state import Audience, Member, News
from sandboxes.mailchimp.times import parse_datetime

READABLE_STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
WRITABLE_STATUSES = READABLE_STATUSES[:5]
BY_ADMIN = "N/A (Unsubscribed by admin)"

_PLAIN = ("email_type", "language", "vip", "ip_signup", "ip_opt")
_TIMES = ("timestamp_signup", "timestamp_opt")


def find(audience: Audience, given: str) -> Member | None:
    """By MD5 hash, by address or by contact id."""
    if "@" in given:
        return audience.members.get(subscriber_hash(given))
    found = audience.members.get(given)
    if found is None and given.startswith(contact_prefix(audience)) and len(given) == 32:
        return audience.by_number.get(int(given[24:], 16))
    return found


def contact_prefix(audience: Audience) -> str:
    return subscriber_hash(audience.id)[:24]


def contact_id(audience: Audience, member: Member) -> str:
    return f"{contact_prefix(audience)}{member.number:08x}"


def refuse_unwelcome(audience: Audience, email: str, key: str, now: str) -> None:
    """What stops an address from becoming a contact."""
    if not is_real(email):
        raise errors.looks_fake(email)
    if key in audience.forgotten:
        raise errors.forgotten(email)
    if audience.flooded and audience.flooded.get(key, "") > now:
        raise errors.too_many_signups(email)


def create(
    audience: Audience, email: str, status: str, profile: Mapping[str, object], now: str, *,
    skip_required: bool = False,
) -> Member:  # fmt: skip
    """A new contact. The caller has made sure that there is none with this address."""
    key = subscriber_hash(email)
    refuse_unwelcome(audience, email, key, now)
    merge = accept(audience, _merge_of(profile), {}, skip_required=skip_required)
    check_permissions(audience, profile)
    return enlist(audience, email, status, now, merge=merge, profile=profile)


def enlist(
    audience: Audience, email: str, status: str, now: str, *,
    merge: dict[str, object], profile: Mapping[str, object] | None = None,
) -> Member:  # fmt: skip
    """Puts a contact in without asking: the rules were checked, or do not apply."""
    key = subscriber_hash(email)
    number = audience.next_member
    audience.next_member += 1
    member = Member(number, key, email, status, merge, now, compliance=status == "cleaned")
    _write_plain(member, profile or {})
    _enter(member, status, now)
    audience.members[key] = audience.by_number[number] = member
    audience.by_status[status] += 1
    audience.version += 1
    if status == "subscribed":
        tell(audience, member, "subscribe", now)
    return member


def update(
    audience: Audience, member: Member, profile: Mapping[str, object], now: str, *,
    status: str = "", skip_required: bool = False,
) -> bool:  # fmt: skip
    """Writes a profile over a contact; without a status the status stays. Says whether anything changed."""
    if status == "subscribed" and member.compliance:
        raise errors.in_compliance_state(member.email)
    merge = accept(audience, _merge_of(profile), member.merge, skip_required=skip_required)
    check_permissions(audience, profile)
    changed = merge != member.merge
    member.merge = merge
    changed |= _write_plain(member, profile)
    if changed:
        tell(audience, member, "profile", now)
    if status and status != member.status:
        move(audience, member, status, now, "api")
        changed = True
    if changed:
        touch(audience, member, now)
    return changed


def readdress(audience: Audience, member: Member, email: str, now: str, source: str = "api") -> bool:
    """Gives a contact another address; it keeps its contact id but not its hash."""
    if email == member.email:
        return False
    key, old = subscriber_hash(email), member.email
    if key != member.hash:
        holder = audience.members.get(key)
        if holder is not None:
            raise taken(holder)
        refuse_unwelcome(audience, email, key, now)
        del audience.members[member.hash]
        audience.members[key] = member
        for segment_id in member.tags or ():
            segment = audience.segments[segment_id]
            segment.members.pop(member.hash, None)
            segment.members[key] = None
    member.email, member.hash = email, key
    touch(audience, member, now)
    data = {"new_id": unique_email_id(key), "new_email": email, "old_email": old}
    tell(audience, member, "upemail", now, source=source, data=data)
    return True


def taken(holder: Member) -> errors.Problem:
    if holder.status == "subscribed":
        return errors.member_exists(holder.email)
    detail = f'{holder.email} is already in this list with a status of "{holder.status.title()}".'
    return errors.Problem(400, "Member Exists", detail)


def move(audience: Audience, member: Member, status: str, now: str, source: str) -> None:
    """Changes a status, with everything that goes with it."""
    before = member.status
    audience.by_status[before] -= 1
    audience.by_status[status] += 1
    member.status = status
    member.unsubscribe_reason = BY_ADMIN if status == "unsubscribed" else ""
    if status == "cleaned":
        member.compliance = True
    _enter(member, status, now)
    if status == "subscribed":
        tell(audience, member, "subscribe", now, source=source)
    elif status in {"unsubscribed", "archived"}:
        action = "delete" if status == "archived" else "unsub"
        data = {"action": action, "reason": "manual"}
        tell(audience, member, "unsubscribe", now, source=source, data=data)
    elif status == "cleaned":
        data = {"reason": "hard", "campaign_id": ""}
        tell(audience, member, "cleaned", now, source=source, data=data)


def archive(audience: Audience, member: Member, now: str, source: str = "api") -> None:
    move(audience, member, "archived", now, source)
    touch(audience, member, now)


def forget(audience: Audience, member: Member, now: str, source: str = "api") -> None:
    """Deleted for good: afterwards it looks like an address never seen, until somebody writes to it."""
    for segment_id in member.tags or ():
        audience.segments[segment_id].members.pop(member.hash, None)
    audience.by_status[member.status] -= 1
    del audience.members[member.hash]
    del audience.by_number[member.number]
    audience.events.pop(member.hash, None)
    audience.forgotten.add(member.hash)
    audience.version += 1
    data = {"action": "delete", "reason": "manual"}
    tell(audience, member, "unsubscribe", now, source=source, data=data)


def touch(audience: Audience, member: Member, now: str) -> None:
    member.last_changed = now
    audience.version += 1


def tell(
    audience: Audience, member: Member, kind: str, now: str, *,
    source: str = "api", data: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Keeps an event for the webhooks, if there are any. `upemail` and `cleaned` carry no contact's id."""
    if not audience.webhooks:
        return
    about: dict[str, object] = {"list_id": audience.id}
    if kind == "cleaned":
        about["email"] = member.email
    elif kind != "upemail":
        about |= {"id": unique_email_id(member.hash), "email": member.email, "email_type": member.email_type}
        about |= {"web_id": str(member.number), "ip_opt": member.ip_opt}
        about["merges"] = {"EMAIL": member.email, **dict.fromkeys(audience.merge_fields, ""), **member.merge}
    audience.news.append(News(kind, source, now, {**about, **(data or {})}))


def unique_email_id(key: str) -> str:
    return key[::-1][:10]


def check_permissions(audience: Audience, profile: Mapping[str, object]) -> None:
    given = profile.get("marketing_permissions")
    for index, permission in enumerate(given if isinstance(given, list) else ()):
        if permission.get("marketing_permission_id") not in audience.permissions:
            field = f"marketing_permissions.item:{index}.marketing_permission_id"
            message = "This marketing permission does not exist in the audience"
            raise errors.invalid_resource([(field, message)])
    interests = profile.get("interests")
    for interest in interests if isinstance(interests, dict) else ():
        raise errors.invalid_resource([(f"interests.{interest}", f"Invalid interest ID: '{interest}'.")])


def _merge_of(profile: Mapping[str, object]) -> Mapping[str, object]:
    given = profile.get("merge_fields")
    return given if isinstance(given, dict) else {}


def _enter(member: Member, status: str, now: str) -> None:
    if status == "pending":
        member.confirmations += 1
    elif status == "subscribed":
        member.timestamp_opt = member.timestamp_opt or now


def _write_plain(member: Member, profile: Mapping[str, object]) -> bool:
    changed = False
    for name in _PLAIN:
        if name in profile and profile[name] != getattr(member, name):
            setattr(member, name, profile[name])
            changed = True
    for name in _TIMES:
        if name in profile:
            moment = parse_datetime(str(profile[name])) or ""
            changed |= moment != getattr(member, name)
            setattr(member, name, moment)
    location = profile.get("location")
    if isinstance(location, dict) and location != member.location:
        member.location, changed = dict(location), True
    given = profile.get("marketing_permissions")
    if isinstance(given, list) and given:
        permissions = dict(member.permissions or {})
        permissions |= {entry["marketing_permission_id"]: bool(entry.get("enabled")) for entry in given}
        changed |= permissions != (member.permissions or {})
        member.permissions = permissions
    return changed
