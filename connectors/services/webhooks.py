"""Webhooks: who wants which, setting them up and taking them down at the vendors, addresses, reading again.

What jobs ask for is only written down while somebody waits (`follow`); a worker then settles it with the
vendor (`settle`), as often as it takes, and looks every day whether it still stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import services as trail
from connectors.engine.accounts import CallLog, system_of
from connectors.engine.alone import alone
from connectors.engine.attention import needs_attention
from connectors.engine.hints import call_to_settle, send_on_commit
from connectors.models import Connection, Integration, SyncJob, WebhookEndpoint, WebhookReceipt
from connectors.models.webhook import hash_of
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, ReconnectNeeded, RetryLater, SystemFault
from connectors.sdk.hooks import Hook, Registered, RegisteredHook
from connectors.services.errors import Refused
from tenants.fields import SealedValueUnreadable
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope

log = structlog.get_logger(__name__)

State = WebhookEndpoint.State
DAY = timedelta(days=1)
LONGEST_BACKOFF = timedelta(hours=6)
BOTH_WORK = timedelta(days=1)
BOTH_WORK_BY_HAND = timedelta(days=14)
PRUNED_AT_ONCE = 2000
NO_ADDRESS = (
    "This installation has no public address to be called at. Changes are read on the schedule instead."
)


@dataclass(frozen=True, slots=True)
class Listening:
    """How soon a job hears of changes: `text` for the person, `endpoint` where there is one."""

    job: SyncJob
    endpoint: WebhookEndpoint | None
    text: str


# -- what is wanted ------------------------------------------------------------------------------------------


def follow(integration: Integration) -> list[WebhookEndpoint]:
    """Write down which webhooks an integration's jobs want now, and have a worker see to it."""
    with transaction.atomic():
        wanted = _wanted(integration)
        for connection, name in wanted:
            _endpoint(integration, connection, name)
        endpoints = list(
            WebhookEndpoint.objects.select_for_update(of=("self",))
            .select_related("connection")
            .filter(integration=integration)
        )
        for one in endpoints:
            one.wanted = (one.connection, one.hook) in wanted
            if one.wanted or one.vendor_id or one.state != State.OFF:
                if one.wanted and one.state == State.OFF:
                    one.state = State.PENDING
                one.settle_at, one.attempts = timezone.now(), 0
                call_to_settle(one)
            one.save(update_fields=["wanted", "state", "settle_at", "attempts"])
    return endpoints


def _wanted(integration: Integration) -> set[tuple[Connection, str]]:
    jobs = integration.jobs.filter(is_on=True) if integration.is_on else SyncJob.objects.none()
    found = set()
    for job in jobs:
        job.integration = integration
        hooks = job.reads.system_class.hooks
        found |= {(job.reads, name) for name, kind in hooks.items() if job.flow.stream in kind.streams}
    return found


def _endpoint(integration: Integration, connection: Connection, name: str) -> WebhookEndpoint:
    there = WebhookEndpoint.objects.filter(integration=integration, connection=connection, hook=name).first()
    if there:
        return there
    made = WebhookEndpoint(integration=integration, connection=connection, hook=name)
    made.renew()
    made.save()
    return made


def listening(integration: Integration) -> list[Listening]:
    """What to say of each job that a webhook could call, in the recipe's order."""
    endpoints = {
        (one.connection_id, one.hook): one
        for one in WebhookEndpoint.objects.filter(integration=integration).select_related("connection")
    }
    found = []
    for job in integration.jobs.all():
        job.integration = integration
        for name, kind in job.reads.system_class.hooks.items():
            if job.flow.stream in kind.streams:
                endpoint = endpoints.get((job.reads.pk, name))
                found.append(Listening(job, endpoint, _said(job, endpoint)))
    return found


def _said(job: SyncJob, endpoint: WebhookEndpoint | None) -> str:
    vendor = job.reads.system_name
    if not settings.PUBLIC_URL:
        return NO_ADDRESS
    if endpoint is None or not endpoint.wanted:
        return f"Once this is on, {vendor} tells us of changes within seconds; the schedule finds the rest."
    if endpoint.state == State.ON and not endpoint.text:
        return f"{vendor} tells us of changes within seconds; the schedule finds what that misses."
    return (
        endpoint.text or f"{vendor} is being asked to tell us of changes; until then the schedule finds them."
    )


# -- addresses -----------------------------------------------------------------------------------------------


def public_url(system: str, token: str) -> str:
    """The address the receiver answers at, as the world knows it."""
    return f"{settings.PUBLIC_URL}/hooks/{system}/{token}"


def url_of(endpoint: WebhookEndpoint) -> str:
    """The address the vendor is told; secret, for whoever knows it may call it."""
    token = endpoint.token.reveal() if endpoint.token else ""
    return public_url(endpoint.connection.system, token)


def rotate(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Replace the address; the previous one works until the vendor knows the new one, and a while longer."""
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
        is_ours = issubclass(locked.kind, RegisteredHook)
        locked.previous_hash = locked.token_hash
        locked.previous_until = timezone.now() + (BOTH_WORK if is_ours else BOTH_WORK_BY_HAND)
        locked.renew()
        locked.settle_at, locked.attempts = timezone.now(), 0
        locked.save()
        call_to_settle(locked)
        trail.append("webhook_address_replaced", subject=locked)
    return locked


# -- settling it with the vendor -----------------------------------------------------------------------------


def settle(endpoint_id: UUID) -> WebhookEndpoint | None:
    """Bring the vendor to what is wanted of one endpoint; says on the row how that went.

    Safe to run anywhere, any number of times: only one at a time talks to the vendor.
    """
    try:
        with alone(f"webhook:{endpoint_id}", patience=0):
            endpoint = (
                WebhookEndpoint.objects.select_related("connection", "integration")
                .filter(pk=endpoint_id, settle_at__lte=timezone.now())
                .first()
            )
            if endpoint is not None:
                _settle(endpoint)
            return endpoint
    except RetryLater:
        return None  # somebody else is at it, and the sweeper comes by again


def settle_now(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Settle an endpoint whether or not its time has come. Raises `Refused`."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(settle_at=timezone.now())
    settled = settle(endpoint.pk)
    if settled is None:
        raise Refused("Somebody is at it right now.")
    return settled


def _settle(endpoint: WebhookEndpoint) -> None:
    wanted = endpoint.wanted
    if not issubclass(endpoint.kind, RegisteredHook):
        _by_hand(endpoint, endpoint.kind)
    elif wanted and not settings.PUBLIC_URL:
        _write(endpoint, State.OFF, NO_ADDRESS, again=DAY)
    elif endpoint.connection.state == Connection.State.ATTENTION:
        text = f"Waits until {endpoint.connection} works again; until then changes are read on the schedule."
        _write(endpoint, endpoint.state, text, again=timedelta(minutes=15))
    else:
        calls = CallLog()
        try:
            done = _bring_about(endpoint, calls)
        except SystemFault as fault:
            _put_off(endpoint, fault, calls)
        except SealedValueUnreadable as error:
            text = "What is kept of this connection cannot be opened. Our support has to look at it."
            _put_off(endpoint, ConfigProblem(text, detail=str(error)), calls)
        else:
            _keep_in_trail(done, endpoint, calls)
            _write(endpoint, State.ON if wanted else State.OFF, "", again=DAY if wanted else None)


def _bring_about(endpoint: WebhookEndpoint, calls: CallLog) -> str:
    """Make the vendor's webhooks what is wanted; returns what was done. Raises `SystemFault`."""
    hook, url = _hook(endpoint, calls), url_of(endpoint)
    there = hook.registered()
    mine = [one for one in there if _leads_to(endpoint, one.url)]
    right = [one for one in mine if endpoint.wanted and one.id == endpoint.vendor_id and one.url == url]
    former = [one.id for one in mine if one not in right]
    if endpoint.vendor_id and endpoint.vendor_id not in {one.id for one in mine}:
        former.append(endpoint.vendor_id)  # at another place of the account, by former options
    # At our very address, and not known to us: its secret was lost with an answer, so it is made anew.
    in_the_way = [one.id for one in mine if one.id in former and one.url == url]
    for id_ in in_the_way:
        hook.remove(id_)
    if endpoint.wanted and not right:
        _remember(endpoint, hook.register(url))
    for id_ in former:
        if id_ not in in_the_way:
            hook.remove(id_)
    if not endpoint.wanted:
        _remember(endpoint, Registered("", ""))
        return "webhook_removed"
    return "webhook_checked" if right else "webhook_registered"


def _hook(endpoint: WebhookEndpoint, calls: CallLog) -> RegisteredHook:
    try:
        options = endpoint.integration.typed_options() if endpoint.integration else None
    except ValueError as error:
        raise ConfigProblem("The options are incomplete. Complete them.", detail=str(error)) from error
    hook = endpoint.kind(system_of(endpoint.connection, calls, options=options))
    assert isinstance(hook, RegisteredHook)  # noqa: S101  asked by the caller
    return hook


def _leads_to(endpoint: WebhookEndpoint, url: str) -> bool:
    """Whether an address found at the vendor is one of this endpoint's, under whatever host."""
    hashed = hash_of(url.rstrip("/").rpartition("/")[2])
    return hashed in {endpoint.token_hash, endpoint.previous_hash or None}


def _remember(endpoint: WebhookEndpoint, made: Registered) -> None:
    """What was made is written down at once: a secret is told once."""
    endpoint.vendor_id = made.id
    endpoint.seal_secrets([*made.secrets, *_still_good(endpoint)] if made.secrets else ())
    endpoint.save(update_fields=["vendor_id", "signing"])


def _still_good(endpoint: WebhookEndpoint) -> Sequence[str]:
    """The secret of the previous address, as long as that works."""
    is_rotating = endpoint.previous_until and endpoint.previous_until > timezone.now()
    return endpoint.signing_secrets()[:1] if is_rotating else ()


def _by_hand(endpoint: WebhookEndpoint, kind: type[Hook]) -> None:
    if not endpoint.wanted:
        _write(endpoint, State.OFF, "", again=None)
    elif not settings.PUBLIC_URL:
        _write(endpoint, State.OFF, NO_ADDRESS, again=DAY)
    else:
        _write(endpoint, State.BY_HAND, kind.instructions, again=None)


def _put_off(endpoint: WebhookEndpoint, fault: SystemFault, calls: CallLog) -> None:
    vendor = endpoint.connection.system_name
    log.info("webhook_not_settled", endpoint=str(endpoint.pk), fault=type(fault).__name__, code=fault.code)
    if isinstance(fault, ReconnectNeeded):
        needs_attention(endpoint.connection, fault)
    after = fault.after if isinstance(fault, RetryLater) else None
    wait = min(timedelta(minutes=2 ** min(endpoint.attempts, 10)), LONGEST_BACKOFF)
    if isinstance(fault, OutcomeUnknown) and not endpoint.attempts:
        wait = timedelta(seconds=5)
    endpoint.attempts += 1
    doing = "be asked to tell us of changes" if endpoint.wanted else "take its webhook down"
    text = f"{vendor} could not {doing} yet: {fault.text} We try again; the schedule finds changes meanwhile."
    _keep_in_trail("webhook_not_settled", endpoint, calls, text=fault.text, detail=fault.detail[:500])
    state = State.PENDING if endpoint.wanted else endpoint.state
    _write(endpoint, state, text, again=timedelta(seconds=after) if after else wait, failed=True)


def _keep_in_trail(kind: str, endpoint: WebhookEndpoint, calls: CallLog, **data: str) -> None:
    with transaction.atomic():
        recorded = trail.record_calls(calls.drain())
        trail.append(kind, subject=endpoint, data={"hook": endpoint.hook, **data}, seals=[recorded])


def _write(
    endpoint: WebhookEndpoint, state: str, text: str, *, again: timedelta | None, failed: bool = False
) -> None:
    """How it stands now. Where what is wanted has changed meanwhile, it is seen to again at once."""
    now = timezone.now()
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
        has_changed = row.wanted != endpoint.wanted or row.token_hash != endpoint.token_hash
        row.state, row.text = state, text
        row.attempts = endpoint.attempts if failed else 0
        row.settled_at = row.settled_at if failed else now
        row.settle_at = now if has_changed else now + again if again else None
        row.save(update_fields=["state", "text", "attempts", "settled_at", "settle_at"])
        if has_changed:
            call_to_settle(row)
    for name in ("state", "text", "attempts", "settled_at", "settle_at"):
        setattr(endpoint, name, getattr(row, name))


# -- receipts ------------------------------------------------------------------------------------------------


def read_again(receipts: Iterable[WebhookReceipt]) -> int:
    """Read receipts as if they had just come; returns how many. Raises `Refused`."""
    chosen = WebhookReceipt.objects.filter(pk__in=[one.pk for one in receipts], body__isnull=False).exclude(
        state__in=[WebhookReceipt.State.NEW, WebhookReceipt.State.REFUSED]
    )
    with transaction.atomic():
        found = list(chosen.select_for_update(of=("self",)))
        if not found:
            raise Refused("There is nothing to read again: these were refused, or are no longer kept.")
        ids = [one.pk for one in found]
        WebhookReceipt.objects.filter(pk__in=ids).update(
            state=WebhookReceipt.State.NEW, reason="", read_at=None
        )
        send_on_commit("receipts", found[0].tenant_id)
        trail.append("receipts_read_again", data={"receipts": [str(id_) for id_ in ids]})
    return len(found)


def tend(now: datetime | None = None) -> None:
    """Daily: every integration that is on has the webhooks it wants, and old receipts go."""
    with across_tenants("tend webhooks"):
        tenants = list(Tenant.objects.all())
    for tenant in tenants:
        with tenant_scope(tenant):
            for integration in Integration.objects.filter(is_on=True).select_related("source", "destination"):
                follow(integration)
            prune(tenant, now)


def prune(tenant: Tenant, now: datetime | None = None) -> int:
    """Delete receipts that have outlived the tenant's retention of payloads; returns how many."""
    oldest = (now or timezone.now()) - timedelta(days=tenant.payload_days)
    expired = WebhookReceipt.objects.filter(received_at__lt=oldest).exclude(state=WebhookReceipt.State.NEW)
    count = 0
    while ids := list(expired.values_list("pk", flat=True)[:PRUNED_AT_ONCE]):
        WebhookReceipt.objects.filter(pk__in=ids).delete()
        count += len(ids)
    return count
