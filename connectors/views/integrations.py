"""Integrations: the list, a new one, its page, its options, on and off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.forms.integrations import StartForm, options_form
from connectors.forms.refusals import put_refusal
from connectors.forms.schedule import schedule_words
from connectors.models import Connection, Integration, WebhookReceipt
from connectors.recipes import RECIPES, all_recipes, recipe
from connectors.services import integrations
from connectors.services.errors import Refused
from connectors.services.first_runs import start_first_runs
from connectors.services.reading import JobGlance, glances, is_complete, sink_title
from connectors.services.webhooks import Listening, listening
from connectors.systems import system_class
from connectors.views.frame import Context, found, open_to, status_of, tell_refusal
from connectors.views.kept import is_kept
from connectors.views.public import ends_of
from tenants.permissions import Action
from tenants.requests import TenantRequest

CRUMBS = [("Integrations", "/app/integrations/")]


@require_safe
@open_to(Action.VIEW)
def integration_list(request: TenantRequest) -> HttpResponse:
    """Template connectors/integrations.html. integrations: Glance; recipes: what one can add."""
    return render(request, "connectors/integrations.html", {"integrations": glances(), "recipes": _offered()})


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.CONFIGURE)
def integration_new(request: TenantRequest, code: str) -> HttpResponse:
    """Template connectors/integration_new.html: name and connections of a recipe."""
    if code not in RECIPES:
        raise Http404
    chosen = recipe(code)
    form = StartForm(chosen, request.POST if request.method == "POST" else None)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            made = integrations.create_integration(
                code, entered["source"], entered["destination"], name=entered["name"]
            )
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            return redirect("connectors:options", pk=made.pk)
    context = {
        "recipe": chosen,
        "form": form,
        "ends": [
            {"bound": form["source"], "system": chosen.source, "name": system_class(chosen.source).name},
            {
                "bound": form["destination"],
                "system": chosen.destination,
                "name": system_class(chosen.destination).name,
            },
        ],
        "missing": not all(
            Connection.objects.filter(system=system).exists()
            for system in (chosen.source, chosen.destination)
        ),
        "crumbs": CRUMBS,
    }
    return render(request, "connectors/integration_new.html", context, status=status_of(form))


@require_safe
@open_to(Action.VIEW)
def integration_page(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/integration.html: what is still to do; each job, its schedule and last run."""
    integration = found(Integration.objects.select_related("source", "destination"), pk)
    (glance,) = glances([integration])
    heard = {one.job.pk: one for one in listening(integration)}
    last = last_calls(one.endpoint.pk for one in heard.values() if one.endpoint)
    context = {
        "integration": integration,
        "glance": glance,
        "jobs": [_job(one, heard.get(one.job.pk), last) for one in glance.jobs],
        "steps": _steps(integration),
        "ready": all(done for _, done, _, _ in _steps(integration)),
        "crumbs": CRUMBS,
    }
    return render(request, "connectors/integration.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.CONFIGURE)
def options(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/options.html: what a person decides, with pickers out of the last ping."""
    integration = found(Integration.objects.select_related("source", "destination"), pk)
    form = options_form(integration, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            integrations.set_options(integration, form.values())
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("connectors:integration", pk=pk)
    context = {
        "integration": integration,
        "form": form,
        "unpinged": [one for one in (integration.source, integration.destination) if not one.pinged_at],
        "crumbs": crumbs_of(integration),
    }
    return render(request, "connectors/options.html", context, status=status_of(form))


@require_POST
@open_to(Action.CONFIGURE)
def switch(request: TenantRequest, pk: UUID) -> HttpResponse:
    """`to` is on or off. Turning it on starts what has never run, and leads to the first of those runs."""
    integration = found(Integration.objects.select_related("source", "destination"), pk)
    if request.POST.get("to") != "on":
        integrations.turn_off(integration)
        messages.success(request, f"{integration.name} is off. Nothing starts until you turn it on again.")
        return redirect("connectors:integration", pk=pk)
    try:
        integrations.turn_on(integration)
        started = start_first_runs(integration)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("connectors:integration", pk=pk)
    if not started:
        messages.success(request, f"{integration.name} is on.")
        return redirect("connectors:integration", pk=pk)
    messages.success(request, f"{integration.name} is on, and its first run has begun.")
    return redirect("connectors:run", pk=started[0].pk)


def crumbs_of(integration: Integration) -> list[tuple[str, str]]:
    """The way to an integration's second level."""
    return [*CRUMBS, (integration.name, reverse("connectors:integration", args=[integration.pk]))]


def last_calls(endpoints: Iterable[UUID]) -> dict[UUID, datetime]:
    """When each endpoint was last called by somebody we believe."""
    newest = (
        WebhookReceipt.objects.filter(endpoint__in=list(endpoints))
        .exclude(state=WebhookReceipt.State.REFUSED)
        .order_by("endpoint_id", "-id")
        .distinct("endpoint_id")
    )
    return dict(newest.values_list("endpoint_id", "received_at"))


def _offered() -> list[Context]:
    return [{"recipe": one, **ends_of(one)} for one in all_recipes()]


def _job(one: JobGlance, heard: Listening | None, last: Mapping[UUID, datetime]) -> Context:
    job = one.job
    kept = is_kept(job)
    return {
        "glance": one,
        "job": job,
        "schedule": schedule_words(job),
        "source": job.reads.system_name,
        "destination": "here" if kept else job.writes.system_name,
        "sinks": [(target.sink, sink_title(job, target.sink)) for target in job.flow.targets],
        "is_kept": kept,
        "heard": heard,
        "last_call": last.get(heard.endpoint.pk) if heard and heard.endpoint else None,
    }


def _steps(integration: Integration) -> list[tuple[str, bool, str, str]]:
    """What has to be done before it can be turned on: words, done, address, button."""
    steps = [
        (
            f"{connection.name} works",
            connection.state == Connection.State.OK,
            reverse("connectors:ping", args=[connection.pk]),
            "Ping",
        )
        for connection in (integration.source, integration.destination)
    ]
    chosen = is_complete(integration.recipe.options_model, integration.options)
    return [
        *steps,
        ("Options are chosen", chosen, reverse("connectors:options", args=[integration.pk]), "Choose"),
    ]
