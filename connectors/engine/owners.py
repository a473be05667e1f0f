"""Records that are one and the same at their destination: the first carries it, the others stand in line.

Two customers with one e-mail address are one contact. Where a sink has such records (`one_owner`), the first
link of a target key owns it and the others are skipped as shared. When the owner lets go of the key, the next
in line carries it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from audit import services as trail
from connectors.engine import sql
from connectors.engine.claims import Claimed
from connectors.engine.links import TABLE, Brought, Standing, Verdict
from connectors.models import RecordLink
from connectors.sdk.system import Action

State = RecordLink.State
SHARED = "shared"
SOURCE_MISSING = "source_missing"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A refused record still carries what it was confirmed as before: only its news was refused.
_OWNERS = f"""
    SELECT target_key, source_key FROM {TABLE}
    WHERE job_id = %s AND sink = %s AND target_key = ANY(%s::text[])
      AND state NOT IN ('skipped', 'removed', 'wanted')
      AND NOT (state = 'rejected' AND (external_id <> target_key OR reason = '{SOURCE_MISSING}'))
    ORDER BY id DESC
"""  # noqa: S608  built from constants


@dataclass(slots=True)
class Left:
    """Target keys of one sink that links have let go of, with the link that did."""

    gone: dict[str, UUID] = field(default_factory=dict)
    moved: dict[str, UUID] = field(default_factory=dict)
    """Those of `gone` under which nothing stands any more, because the record there was given another key."""


def left_on_page(page: Iterable[tuple[Brought, Verdict, Standing | None]]) -> Left:
    """What the links of a page have let go of.

    A record that stands under its former key keeps it until the vendor has confirmed that it moved: were the
    next in line written before, the move would take it along.
    """
    left, moving, lined_up = Left(), set[str](), dict[str, UUID]()
    for link, verdict, before in page:
        if link.state == State.SKIPPED and verdict.reason == SHARED:
            lined_up[verdict.target_key] = link.id
        if before is None or link.state in {State.SENDING, State.UNKNOWN}:
            continue
        if link.state in {State.SKIPPED, State.REJECTED}:
            left.gone |= {key: link.id for key in (before.target_key, before.external_id) if key}
        elif verdict.target_key != before.target_key == before.external_id:
            moving.add(before.target_key)
        elif verdict.target_key != before.target_key:
            left.gone[before.target_key] = link.id
    # The owner may have been refused between the look at the table and now.
    left.gone = {key: id_ for key, id_ in (lined_up | left.gone).items() if key and key not in moving}
    return left


def left_by_batch(answers: Iterable[tuple[Claimed, Action]]) -> Left:
    """What links let go of by the vendor's word."""
    left = Left()
    for one, action in answers:
        stood = one.external_id if one.external_id != one.target_key else ""
        match action:
            case Action.CREATED | Action.UPDATED | Action.UNCHANGED if stood:
                left.gone[stood] = left.moved[stood] = one.id
            case Action.REJECTED if one.external_id != one.target_key:
                left.gone[one.target_key] = one.id
            case Action.SKIPPED | Action.REMOVED:
                left.gone |= {key: one.id for key in (one.target_key, one.external_id) if key}
            case _:
                pass
    return left


def owners(job_id: UUID, sink: str, target_keys: Sequence[str]) -> dict[str, str]:
    """Which source key owns each of these target keys already."""
    keys = [key for key in target_keys if key]
    found = sql.rows(_OWNERS, [job_id, sink, sql.array(keys)]) if keys else []
    return {target_key: source_key for target_key, source_key in found}  # noqa: C416  names what the columns are


def shared_text(owner: str) -> str:
    """Why a record is not sent although nothing is wrong with it."""
    return (
        f"It is the same one there as {owner}, which carries it. "
        "Give it an address of its own to send it too."
    )


def pass_on(job_id: UUID, sink: str, left: Left) -> int:
    """Give what was let go of to the next in line; returns how many links have something to do now."""
    if left.moved:
        _send_again(_under(job_id, sink, left.moved).exclude(pk__in=left.moved.values()))
    if not left.gone:
        return 0
    owned = owners(job_id, sink, list(left.gone))
    line: dict[str, list[RecordLink]] = {}
    for link in _under(job_id, sink, left.gone).filter(state=State.SKIPPED, reason=SHARED).order_by("id"):
        line.setdefault(link.target_key, []).append(link)
    heirs = [waiting.pop(0) for key, waiting in line.items() if key not in owned]
    for heir in heirs:
        _forget(job_id, sink, left.gone[heir.target_key], heir.target_key)
        same = [link.pk for link in line[heir.target_key]]
        RecordLink.objects.filter(pk__in=same).update(text=shared_text(heir.source_key))
    _put_to_work(heirs)
    return len(heirs)


def with_heirs(links: QuerySet[RecordLink], generation: int) -> QuerySet[RecordLink]:
    """Those of `links` for whose target key another record, met by this sweep, stands in line."""
    line = RecordLink.objects.filter(
        job_id=OuterRef("job_id"),
        sink=OuterRef("sink"),
        target_key=OuterRef("target_key"),
        state=State.SKIPPED,
        reason=SHARED,
        generation=generation,
    )
    return links.filter(Exists(line))


def leave_line(job_id: UUID, generation: int) -> None:
    """Records that are gone at their source inherit nothing."""
    RecordLink.objects.filter(
        job_id=job_id, state=State.SKIPPED, reason=SHARED, generation__lt=generation
    ).update(state=State.REMOVED, outcome="", reason="", text="")


def _under(job_id: UUID, sink: str, keys: Iterable[str] | Mapping[str, UUID]) -> QuerySet[RecordLink]:
    return RecordLink.objects.filter(job_id=job_id, sink=sink, target_key__in=[key for key in keys if key])


def _put_to_work(heirs: Sequence[RecordLink]) -> None:
    """What they should look like is known, unless it has outlived its retention: then they are read again."""
    digests = {bytes(heir.desired_digest) for heir in heirs if heir.desired_digest}
    kept = trail.load_payloads(digests)
    known = [heir.pk for heir in heirs if heir.desired_digest and bytes(heir.desired_digest) in kept]
    fresh = {"outcome": "", "reason": "", "text": "", "not_before": None, "changed_at": timezone.now()}
    RecordLink.objects.filter(pk__in=known).update(state=State.DIRTY, **fresh)
    unknown = [heir.pk for heir in heirs if heir.pk not in known]
    RecordLink.objects.filter(pk__in=unknown).update(
        state=State.WANTED, source_digest=None, source_at=EPOCH, **fresh
    )


def _forget(job_id: UUID, sink: str, link_id: UUID, key: str) -> None:
    """Somebody else carries it from now on: should the former owner come back, it must not take it along."""
    RecordLink.objects.filter(pk=link_id, job_id=job_id, sink=sink, external_id=key).exclude(
        state__in=[State.SENDING, State.UNKNOWN]
    ).update(external_id="", external_version="", confirmed_digest=None)


def _send_again(links: QuerySet[RecordLink]) -> None:
    """Whoever has written here before the former owner's record moved away has been taken along with it."""
    written = links.filter(Q(confirmed_digest__isnull=False) | Q(state__in=[State.SENDING, State.UNKNOWN]))
    written.update(
        # A record on its way is not what is desired once its `sent_digest` is gone: it is sent again when its
        # answer is in.
        sent_digest=Case(
            When(state__in=[State.SENDING, State.UNKNOWN], then=Value(None)), default=F("sent_digest")
        ),
        state=Case(When(state=State.CLEAN, then=Value(State.DIRTY)), default=F("state")),
        confirmed_digest=None,
        external_id="",
        external_version="",
    )
