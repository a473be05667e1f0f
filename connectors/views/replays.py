"""Replay: counted first, then started, then watched."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.models import Replay, ReplayItem, SyncRun
from connectors.services import replay
from connectors.services.errors import Refused
from connectors.services.replay import Selection
from connectors.views.failures import CRUMBS
from connectors.views.frame import Context, found, listed, open_to, uuid_or_404
from tenants.permissions import Action
from tenants.requests import TenantRequest

KEPT = ("failure", "link", "cause", "job", "run", "since", "until", "all")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.REPLAY)
def replay_new(request: TenantRequest) -> HttpResponse:
    """Template connectors/replay_new.html says what would happen. A POST with `go` does it.

    What is chosen comes as `failure` or `link` ids, `cause`, `job`, `run`, `since` and `until`; `all`
    includes what arrived.
    """
    asked = request.POST if request.method == "POST" else request.GET
    selection = selection_of(asked)
    if selection is None:
        messages.warning(request, "Choose at least one record.")
        return redirect("connectors:failures")
    refused, plan = "", None
    try:
        if request.method == "POST" and request.POST.get("go"):
            started = replay.start(
                selection,
                source="stored" if request.POST.get("source") == "stored" else "fresh",
                mapping="original" if request.POST.get("mapping") == "original" else "today",
            )
            return redirect("connectors:replay", pk=started.pk)
        plan = replay.plan(selection)
    except Refused as refusal:
        refused = refusal.text
    hidden = [(name, value) for name in KEPT for value in asked.getlist(name) if value]
    context = {"plan": plan, "refused": refused, "hidden": hidden, "selection": selection, "crumbs": CRUMBS}
    return render(request, "connectors/replay_new.html", context, status=422 if refused else 200)


@require_safe
@open_to(Action.VIEW)
def replay_list(request: TenantRequest) -> HttpResponse:
    """Template connectors/replays.html."""
    items, page = listed(request, Replay.objects.all())
    return render(request, "connectors/replays.html", {"replays": items, "page": page, "crumbs": CRUMBS})


@require_safe
@open_to(Action.VIEW)
def replay_page(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/replay.html; what moves is connectors/_replay.html."""
    return render(
        request, "connectors/replay.html", _progress(found(Replay.objects.all(), pk)) | {"crumbs": CRUMBS}
    )


@require_safe
@open_to(Action.VIEW)
def replay_live(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The part of a replay's page that moves."""
    return render(request, "connectors/_replay.html", _progress(found(Replay.objects.all(), pk)))


@require_POST
@open_to(Action.REPLAY)
def cancel(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Stop a replay; what it has done stays done."""
    row = found(Replay.objects.all(), pk)
    if row.state == Replay.State.RUNNING:
        replay.cancel(row)
        messages.success(request, "Stopped. What was sent stays as it is.")
    return redirect("connectors:replay", pk=pk)


def selection_of(asked: QueryDict) -> Selection | None:
    """What a form or a link chose; None where it chose nothing at all."""
    selection = Selection(
        failures=[uuid_or_404(text) for text in asked.getlist("failure")],
        links=[uuid_or_404(text) for text in asked.getlist("link")],
        run=_id(asked.get("run", "")),
        job=_id(asked.get("job", "")),
        cause=asked.get("cause", ""),
        since=_moment(asked.get("since", "")),
        until=_moment(asked.get("until", "")),
        only_failed=not asked.get("all"),
    )
    nothing = Selection(failures=[], links=[], only_failed=selection.only_failed)
    return None if selection == nothing else selection


def _id(text: str) -> UUID | None:
    return uuid_or_404(text) if text else None


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise Http404
    return make_aware(moment) if is_naive(moment) else moment


def _progress(row: Replay) -> Context:
    left = ReplayItem.objects.filter(replay=row, done=False).count()
    runs = list(SyncRun.objects.filter(replay=row).select_related("job__integration"))
    state = row.state
    # A replay is closed by the next sweep; to people it is done when nothing is left to do.
    if state == Replay.State.RUNNING and not left and not any(run.is_open for run in runs):
        state = Replay.State.DONE
    return {
        "replay": row,
        "state": state,
        "words": Replay.State(state).label,
        "done": row.total - left,
        "is_open": state == Replay.State.RUNNING,
        "tone": {"done": "ok", "cancelled": "off"}.get(state, ""),
        "runs": runs,
    }
