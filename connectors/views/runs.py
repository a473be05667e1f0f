"""Runs: the list, one as a story while it happens, stopping it, and removals that wait for a person."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import services as trail
from audit.rows import EventKind
from connectors.models import COUNTED, Failure, RecordLink, SyncRun
from connectors.services import runs
from connectors.services.reading import SHOWN, held_removals, jobs_of_tenant, sink_title
from connectors.views.frame import Context, found, listed, open_to, uuid_or_404
from connectors.views.kept import is_kept, whose
from tenants.permissions import Action
from tenants.requests import TenantRequest

CRUMBS = [("Activity", "/app/activity/")]

# What one wants to see of a run's records, by the kinds of what happened to them.
OUTCOMES = {
    "written": ("Written", [EventKind.CONFIRMED, EventKind.LOOKED_UP, EventKind.REMOVED]),
    "refused": ("Not accepted", [EventKind.REFUSED, EventKind.REJECTED, EventKind.CONFLICT]),
    "waiting": ("Waiting", [EventKind.HELD, EventKind.UNKNOWN]),
    "skipped": ("Skipped", [EventKind.SKIPPED]),
}
_WORDS = {
    "created": "created",
    "updated": "updated",
    "unchanged": "unchanged",
    "skipped": "skipped",
    "rejected": "not accepted",
    "conflict": "changed on both sides",
    "removed": "removed",
    "pending": "still to do",
}
_KEPT_WORDS = {"created": "newly kept", "updated": "kept anew", "removed": "no longer kept"}


@require_safe
@open_to(Action.VIEW)
def run_list(request: TenantRequest) -> HttpResponse:
    """Template connectors/runs.html. Filters: job, verdict (`open` for those under way), trigger."""
    rows = SyncRun.objects.select_related("job__integration")
    chosen = {name: request.GET.get(name, "") for name in ("job", "verdict", "trigger")}
    if chosen["job"]:
        rows = rows.filter(job=uuid_or_404(chosen["job"]))
    if chosen["verdict"] == "open":
        rows = rows.exclude(state=SyncRun.State.ENDED)
    elif chosen["verdict"]:
        rows = rows.filter(verdict=chosen["verdict"])
    if chosen["trigger"]:
        rows = rows.filter(trigger=chosen["trigger"])
    items, page = listed(request, rows)
    context = {
        "runs": items,
        "page": page,
        "chosen": chosen,
        "jobs": [(str(job.pk), str(job)) for job in jobs_of_tenant()],
        "verdicts": [("open", "Under way"), *SyncRun.Verdict.choices],
        "triggers": SyncRun.Trigger.choices,
        "filtered": any(chosen.values()),
    }
    return render(request, "connectors/runs.html", context)


@require_safe
@open_to(Action.VIEW)
def run_page(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/run.html; connectors/_run.html in it asks for itself while the run is open."""
    run = _run(pk)
    show = request.GET.get("show", "records")
    context = _progress(run) | {
        "show": show,
        "tabs": _tabs(run),
        "current": {"calls": "API calls", "failures": "Failures"}.get(show, "Records"),
        "crumbs": [*CRUMBS, ("Runs", reverse("connectors:runs"))],
    }
    if show == "calls":
        context["calls"], context["page"] = listed(request, lambda after: trail.calls_of_run(pk, after=after))
    elif show == "failures":
        failures = Failure.objects.filter(run=run).select_related("link", "job__integration")
        context["failures"], context["page"] = listed(request, failures)
    else:
        context |= _events(request, run)
    return render(request, "connectors/run.html", context)


@require_safe
@open_to(Action.VIEW)
def run_live(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The part of a run's page that moves."""
    return render(request, "connectors/_run.html", _progress(_run(pk)))


@require_POST
@open_to(Action.RUN)
def cancel(request: TenantRequest, pk: UUID) -> HttpResponse:
    """End a run now."""
    run = _run(pk)
    if run.is_open:
        runs.cancel(run)
        messages.success(request, "Stopped. What was read and not yet written is written by the next run.")
    return redirect("connectors:run", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.CONFIGURE)
def removals(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/removals.html: the records a held plan would remove. A POST removes them."""
    run = _run(pk)
    gone = held_removals(run)
    count = gone.count()
    if request.method == "POST" and count:
        removed = runs.confirm_removals(run)
        messages.success(request, f"{removed:,} records are being removed from {run.job.writes.name}.")
        return redirect("connectors:run", pk=pk)
    context = {
        "run": run,
        "count": count,
        "links": list(gone[:SHOWN]),
        "crumbs": [*CRUMBS, (run.job.flow.title, reverse("connectors:run", args=[pk]))],
    }
    return render(request, "connectors/removals.html", context)


def _run(pk: UUID) -> SyncRun:
    return found(
        SyncRun.objects.select_related(
            "job__integration__source", "job__integration__destination", "job__tenant", "replay"
        ),
        pk,
    )


def _progress(run: SyncRun) -> Context:
    state = runs.progress(run)
    held = 0 if run.is_open else held_removals(run).count()
    words = {**_WORDS, **_KEPT_WORDS} if is_kept(run.job) else _WORDS
    counts = [
        (words[name], state.counts.get(name, 0), name)
        for name in (*COUNTED, "pending")
        if state.counts.get(name)
    ]
    tone = {
        "failed": "failed",
        "partial": "attention",
        "degraded": "attention",
        "held": "attention",
        "ok": "ok",
    }
    return {
        "run": run,
        "progress": state,
        "counts": counts,
        "held": held,
        "bar_tone": tone.get(run.verdict, ""),
    }


def _tabs(run: SyncRun) -> list[tuple[str, str]]:
    url = reverse("connectors:run", args=[run.pk])
    return [("Records", url), ("API calls", f"{url}?show=calls"), ("Failures", f"{url}?show=failures")]


def _events(request: TenantRequest, run: SyncRun) -> Context:
    wanted = request.GET.get("outcome", "")
    kinds = OUTCOMES[wanted][1] if wanted in OUTCOMES else ()
    events, page = listed(request, lambda after: trail.events_of_run(run.pk, kinds=kinds, after=after))
    titles = {target.sink: sink_title(run.job, target.sink) for target in run.job.flow.targets}
    kept = is_kept(run.job)
    links = {
        link.pk: link for link in RecordLink.objects.filter(pk__in=[e.link_id for e in events if e.link_id])
    }
    rows = []
    for event in events:
        link = links.get(event.link_id) if event.link_id else None
        key = ", ".join(whose(link)) if kept and link else event.source_key
        where = "here" if kept else titles.get(event.sink, "")
        rows.append({"event": event, "link": link, "key": key, "where": where, "is_kept": kept})
    outcomes = [(name, words) for name, (words, _) in OUTCOMES.items()]
    return {"events": rows, "page": page, "outcomes": outcomes, "wanted": wanted}
