"""Webhooks of an integration: does it listen, what was said, what became of it; addresses and keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.forms.connections import HOOK_KEYS, HookKeyForm
from connectors.models import Integration, SyncJob, WebhookEndpoint, WebhookHint, WebhookReceipt
from connectors.sdk.hooks import RegisteredHook, Verdict
from connectors.services import connections, webhooks
from connectors.services.errors import Refused
from connectors.services.reading import jobs_of_tenant
from connectors.services.webhooks import Listening
from connectors.templatetags.ui_words import counted
from connectors.views.frame import Context, found, listed, open_to, tell_refusal, uuid_or_404
from connectors.views.integrations import crumbs_of, last_calls
from tenants.fields import SealedValueUnreadable
from tenants.permissions import Action, can
from tenants.requests import TenantRequest

State = WebhookReceipt.State
TONES = {
    State.NEW: "waiting",
    State.READ: "ok",
    State.IGNORED: "off",
    State.FAILED: "failed",
    State.REFUSED: "attention",
}
VERDICTS = {
    Verdict.GENUINE: "Signed with the right key",
    Verdict.UNSIGNED: "Came to the secret address",
    Verdict.FORGED: "Signature missing or wrong",
    Verdict.STALE: "Signed too long ago",
    Verdict.KEYLESS: "No key yet to check it with",
}
_HINTS = {"waiting": "waiting to be read", "read": "read again", "gone": "not there any more"}


@never_cache
@require_safe
@open_to(Action.VIEW)
def receipt_list(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/webhooks.html: each hook and its address, and the calls. Filter: state."""
    integration = found(Integration.objects.select_related("source", "destination"), pk)
    said = webhooks.listening(integration)
    endpoints = {one.endpoint.pk: one.endpoint for one in said if one.endpoint}
    state = request.GET.get("state", "")
    rows = _receipts(endpoints)
    if state:
        rows = rows.filter(state=state)
    items, page = listed(request, rows)
    last = last_calls(endpoints)
    context = {
        "integration": integration,
        "hooks": [_hook(request, one, last) for one in _once_each(said)],
        "receipts": _shown(items, endpoints),
        "page": page,
        "state": state,
        "states": State.choices,
        "crumbs": crumbs_of(integration),
    }
    return render(request, "connectors/webhooks.html", context)


@require_POST
@open_to(Action.REPLAY)
def read_again(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Read the `receipt` again, as if it had just come."""
    integration = found(Integration.objects.all(), pk)
    mine = WebhookReceipt.objects.filter(endpoint__integration=integration)
    receipt = found(mine, uuid_or_404(request.POST.get("receipt", "")))
    try:
        webhooks.read_again([receipt])
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, "It is read again now, as if it had just come.")
    return redirect("connectors:webhooks", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.MANAGE_CREDENTIALS)
def new_address(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template components/confirm_page.html. A POST replaces the address of an endpoint."""
    endpoint = found(_endpoints(), pk)
    back = reverse("connectors:webhooks", args=[endpoint.integration_id])
    vendor, is_ours = endpoint.connection.system_name, issubclass(endpoint.kind, RegisteredHook)
    if request.method == "POST":
        webhooks.rotate(endpoint)
        todo = f"{vendor} is told of it." if is_ours else f"Enter the new one at {vendor}."
        messages.success(request, f"The address was replaced. {todo}")
        return redirect(back)
    what_next = (
        f"We tell {vendor} of the new one; the present one works for another day."
        if is_ours
        else f"You enter the new one at {vendor}; the present one works for another 14 days."
    )
    context = {
        "title": f"Replace the address of the {endpoint.kind.title.lower()}?",
        "sentences": [
            "Do this when somebody may know the address who should not. No call is lost.",
            what_next,
        ],
        "action": reverse("connectors:webhook_address", args=[pk]),
        "submit": "Replace the address",
        "cancel": back,
    }
    return render(request, "components/confirm_page.html", context)


@sensitive_post_parameters()
@require_POST
@open_to(Action.MANAGE_CREDENTIALS)
def key(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Keep the key that signs the calls of an endpoint, beside the connection's other credentials."""
    endpoint = found(_endpoints(), pk)
    field = HOOK_KEYS.get((endpoint.connection.system, endpoint.hook))
    form = HookKeyForm(request.POST)
    back = redirect("connectors:webhooks", pk=endpoint.integration_id)
    try:
        kept = endpoint.connection.unseal().revealed()
    except SealedValueUnreadable:
        messages.error(request, "The other credentials cannot be opened. Replace them first.")
        return back
    if field and form.is_valid():
        connections.replace_credentials(endpoint.connection, {**kept, field: form.cleaned_data["key"]})
        messages.success(request, "The key is kept. Calls that it signs are taken from now on.")
    else:
        messages.error(request, "Enter the key of the webhook.")
    return back


def _endpoints() -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(integration__isnull=False).select_related("connection")


def _receipts(endpoints: Iterable[UUID]) -> QuerySet[WebhookReceipt]:
    """The calls, without their content."""
    rows = WebhookReceipt.objects.filter(endpoint__in=list(endpoints)).defer("body", "headers")
    return rows.annotate(is_kept=Q(body__isnull=False))


def _once_each(said: Sequence[Listening]) -> list[Listening]:
    """One for each endpoint, though several jobs listen to it."""
    seen: dict[object, Listening] = {}
    for one in said:
        seen.setdefault(one.endpoint.pk if one.endpoint else one.job.pk, one)
    return list(seen.values())


def _hook(request: TenantRequest, one: Listening, last: dict[UUID, datetime]) -> Context:
    """How one hook stands; its address only for who may manage credentials and has to enter it."""
    endpoint = one.endpoint
    if endpoint is None:
        return {"title": one.job.flow.title, "text": one.text, "badge": ("off", "Off")}
    may = can(request.membership, Action.MANAGE_CREDENTIALS)
    is_by_hand = endpoint.state == WebhookEndpoint.State.BY_HAND
    lacks_key = is_by_hand and _lacks_key(endpoint)
    called = last.get(endpoint.pk)
    return {
        "title": endpoint.kind.title,
        "text": one.text,
        "endpoint": endpoint,
        "last": called,
        "is_by_hand": is_by_hand,
        "badge": _badge(endpoint, lacks_key=lacks_key, is_called=called is not None),
        "address": webhooks.url_of(endpoint) if may and is_by_hand else "",
        "key_form": HookKeyForm() if may and lacks_key else None,
    }


def _badge(endpoint: WebhookEndpoint, *, lacks_key: bool, is_called: bool) -> tuple[str, str]:
    """Tone and words."""
    if endpoint.state == WebhookEndpoint.State.BY_HAND:
        if lacks_key:
            return "attention", "Needs its key"
        return ("ok", "Listening") if is_called else ("waiting", "Waits for the first call")
    states = {"on": ("ok", "Listening"), "pending": ("waiting", "Being set up")}
    return states.get(endpoint.state, ("off", "Off"))


def _lacks_key(endpoint: WebhookEndpoint) -> bool:
    if (endpoint.connection.system, endpoint.hook) not in HOOK_KEYS:
        return False
    try:
        return not endpoint.signing_secrets()
    except SealedValueUnreadable:
        return False


def _shown(receipts: Sequence[WebhookReceipt], endpoints: dict[UUID, WebhookEndpoint]) -> list[Context]:
    became = _became(receipts)
    again = {State.READ, State.IGNORED, State.FAILED}
    return [
        {
            "receipt": one,
            "hook": endpoints[one.endpoint_id].kind.title,
            "verdict": VERDICTS[Verdict(one.verdict)],
            "tone": TONES[State(one.state)],
            "became": became.get(one.pk, []),
            "again": one.state in again and getattr(one, "is_kept", False),
        }
        for one in receipts
    ]


def _became(receipts: Sequence[WebhookReceipt]) -> dict[UUID, list[Context]]:
    """What became of the records each call named: in words, with the run that read them."""
    rows = list(
        WebhookHint.objects.filter(receipt__in=[one.pk for one in receipts])
        .order_by()
        .values("receipt_id", "job_id", "state", "run_id")
        .annotate(count=Count("id"))
    )
    jobs: dict[UUID, SyncJob] = {job.pk: job for job in jobs_of_tenant()} if rows else {}
    said: dict[UUID, list[Context]] = defaultdict(list)
    for row in rows:
        records = counted(row["count"], "record", "records")
        words = f"{jobs[row['job_id']].flow.title}: {records} {_HINTS[row['state']]}"
        said[row["receipt_id"]].append({"words": words, "run": row["run_id"]})
    return said
