"""One job of an integration: schedule, fields, what happens to what is gone, preview, run, on and off."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from connectors.engine.schedule import slots_after
from connectors.forms.mapping import RemovalForm, rule_formset, rules_of
from connectors.forms.refusals import put_refusal
from connectors.forms.schedule import ScheduleForm, schedule_words
from connectors.models import SyncJob
from connectors.services import integrations, runs
from connectors.services.errors import Refused
from connectors.services.preview import Previewed, preview
from connectors.services.reading import field_rules, findings_of, jobs_of_tenant, sink_title, source_paths
from connectors.views.frame import Context, found, open_to, status_of, tell_refusal
from connectors.views.integrations import crumbs_of
from connectors.views.story import MODES, pretty
from tenants.permissions import Action
from tenants.requests import TenantRequest

SLOTS_SHOWN = 3


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.CONFIGURE)
def schedule(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/schedule.html. form: ScheduleForm; words and next_slots: as it is now."""
    job = found(jobs_of_tenant(), pk)
    form = ScheduleForm(job, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            integrations.set_schedule(job, **form.chosen())
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, f"{job.flow.title}: {schedule_words(job)}.")
            return redirect("connectors:integration", pk=job.integration_id)
    context = _context(found(jobs_of_tenant(), pk)) | {"form": form}
    context["words"] = schedule_words(context["job"])
    context["next_slots"] = list(islice(slots_after(context["job"], timezone.now()), SLOTS_SHOWN))
    return render(request, "connectors/schedule.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.CONFIGURE)
def fields(request: TenantRequest, pk: UUID, sink: str) -> HttpResponse:
    """Template connectors/fields.html: the rules in force, and the tenant's own to change."""
    job = found(jobs_of_tenant(), pk)
    targets = [target.sink for target in job.flow.targets]
    if sink not in targets:
        raise Http404
    formset = rule_formset(job.overrides.get(sink, []), request.POST if request.method == "POST" else None)
    refused = ""
    if formset.is_bound and formset.is_valid():
        try:
            integrations.set_overrides(job, sink, rules_of(formset))
        except Refused as refusal:
            refused = " ".join([refusal.text, *refusal.fields.values()])
        else:
            messages.success(request, "Saved. The next run maps every record anew, and sends what differs.")
            return redirect("connectors:fields", pk=pk, sink=sink)
    rules = field_rules(job)[sink]
    context = _context(job) | {
        "sink": sink,
        "title": sink_title(job, sink),
        "rules": rules,
        "formset": formset,
        "refused": refused,
        "suggested_fields": _destinations(job, [rule.field for rule in rules]),
        "suggested_sources": source_paths(job),
    }
    wrong = refused or (formset.is_bound and not formset.is_valid())
    return render(request, "connectors/fields.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.CONFIGURE)
def removal(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/removal.html."""
    job = found(jobs_of_tenant(), pk)
    form = RemovalForm(request.POST if request.method == "POST" else None, initial={"removal": job.removal})
    if form.is_valid():
        integrations.set_removal(job, remove=form.cleaned_data["removal"] == "remove")
        messages.success(request, "Saved.")
        return redirect("connectors:integration", pk=job.integration_id)
    return render(request, "connectors/removal.html", _context(job) | {"form": form}, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.RUN)
def preview_page(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/preview.html. A POST reads the first records; nothing is written."""
    job = found(jobs_of_tenant(), pk)
    context = _context(job) | {"records": None, "refused": ""}
    if request.method == "POST":
        try:
            context["records"] = [_shown(number, one) for number, one in enumerate(preview(job))]
        except Refused as refusal:
            context["refused"] = refusal.text
    return render(request, "connectors/preview.html", context, status=422 if context["refused"] else 200)


@require_POST
@open_to(Action.RUN)
def run_now(request: TenantRequest, pk: UUID) -> HttpResponse:
    """`full` reads everything instead of what changed. Leads to the run."""
    job = found(jobs_of_tenant(), pk)
    try:
        run = runs.start(job, full=bool(request.POST.get("full")))
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("connectors:integration", pk=job.integration_id)
    return redirect("connectors:run", pk=run.pk)


@require_POST
@open_to(Action.CONFIGURE)
def switch(request: TenantRequest, pk: UUID) -> HttpResponse:
    """`to` is on or off."""
    job = found(jobs_of_tenant(), pk)
    on = request.POST.get("to") == "on"
    integrations.switch_job(job, on=on)
    messages.success(request, f"{job.flow.title}: {'on' if on else 'off'}.")
    return redirect("connectors:integration", pk=job.integration_id)


@require_POST
@open_to(Action.RUN)
def resume(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Let a job that rests go on."""
    job = found(jobs_of_tenant(), pk)
    integrations.resume(job)
    messages.success(request, f"{job.flow.title} goes on.")
    return redirect("connectors:integration", pk=job.integration_id)


def _shown(number: int, one: Previewed) -> Context:
    trace = [(field, source, MODES.get(mode, mode), origin) for field, source, mode, origin in one.trace]
    return {**asdict(one), "trace": trace, "id": f"sent-{number}", "sent": pretty(one.payload)}


def _context(job: SyncJob) -> Context:
    return {"job": job, "integration": job.integration, "crumbs": crumbs_of(job.integration)}


def _destinations(job: SyncJob, known: list[str]) -> list[str]:
    """Fields one may fill over there: those we fill, and those the last ping found."""
    audiences = findings_of(job.integration).get("audiences") or []
    chosen = [one for one in audiences if one["id"] == job.integration.options.get("audience_id")]
    tags = [f"merge_fields.{field['tag']}" for one in chosen for field in one.get("merge_fields") or []]
    return sorted({*known, *tags})
