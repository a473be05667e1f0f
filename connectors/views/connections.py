"""Settings > Connections: the list, a new one, its settings and credentials."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from audit import services as trail
from connectors.forms.connections import NameForm, credentials_form, free_name, settings_form
from connectors.forms.refusals import put_refusal
from connectors.models import Connection, Integration
from connectors.sdk.settings import is_secret
from connectors.services import connections
from connectors.services.errors import Refused
from connectors.services.mailchimp_login import is_offered
from connectors.systems import SYSTEMS, system_class
from connectors.views.frame import Context, found, open_to
from connectors.views.public import SUMMARIES
from tenants.fields import SealedValueUnreadable
from tenants.permissions import Action, can
from tenants.requests import TenantRequest

CRUMBS = [("Connections", "/app/settings/connections/")]


@require_safe
@open_to(Action.VIEW)
def connection_list(request: TenantRequest) -> HttpResponse:
    """Template connectors/connections.html. connections; systems to connect: code, name, summary."""
    systems = [
        {"code": code, "name": system_class(code).name, "summary": SUMMARIES.get(code, "")}
        for code in SYSTEMS
    ]
    context = {"connections": list(Connection.objects.all()), "systems": systems}
    return render(request, "connectors/connections.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.MANAGE_CREDENTIALS)
def connection_new(request: TenantRequest, system: str) -> HttpResponse:
    """Template connectors/connection_new.html. `?next=` is where to go once the connection is pinged."""
    if system not in SYSTEMS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    name = system_class(system).name
    named = NameForm(data, initial={"name": free_name(name)})
    settings, credentials = settings_form(system, data), credentials_form(system, data, request.FILES or None)
    forms = (named, settings, credentials)
    if all([form.is_valid() for form in forms]):  # noqa: C419  each form is to show its errors
        try:
            connection = connections.create_connection(
                system, named.cleaned_data["name"], settings.values(), credentials.values()
            )
        except Refused as refusal:
            put_refusal(named, refusal)
        else:
            messages.success(request, f"{connection.name} is kept. Ping it, to see whether it lets us in.")
            return redirect("connectors:ping", pk=connection.pk)
    context = {
        "system": system,
        "system_name": name,
        "named": named,
        "settings": settings,
        "credentials": credentials,
        "errors": any(form.errors for form in forms),
        "log_in": system == "mailchimp" and is_offered(),
        "crumbs": CRUMBS,
    }
    return render(
        request, "connectors/connection_new.html", context, status=422 if context["errors"] else 200
    )


@require_safe
@open_to(Action.VIEW)
def connection_page(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/connection.html: where it is, whether it works, what was found, who uses it."""
    connection = found(Connection.objects.all(), pk)
    last = trail.calls_of_connection(pk, size=1).items
    context = {
        "connection": connection,
        "checks": connection.ping,
        "facts": _facts(connection),
        "secrets": _secrets(request, connection),
        "last_used": last[0].at if last else None,
        "used_by": Integration.objects.filter(source=connection)
        | Integration.objects.filter(destination=connection),
        "crumbs": CRUMBS,
    }
    return render(request, "connectors/connection.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.MANAGE_CREDENTIALS)
def connection_edit(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/connection_edit.html: name and settings. Afterwards it has to be pinged again."""
    connection = found(Connection.objects.all(), pk)
    data = request.POST if request.method == "POST" else None
    named = NameForm(data, initial={"name": connection.name})
    settings = settings_form(connection.system, data, connection.settings)
    if all([named.is_valid(), settings.is_valid()]):
        taken = Connection.objects.filter(name=named.cleaned_data["name"]).exclude(pk=pk).exists()
        if taken:
            named.add_error("name", "You already have a connection of this name.")
        else:
            connections.change_settings(connection, settings.values(), named.cleaned_data["name"])
            messages.success(request, "Saved. Ping it, to see whether it still lets us in.")
            return redirect("connectors:ping", pk=pk)
    errors = bool(named.errors or settings.errors)
    shown = found(Connection.objects.all(), pk)
    context = {"connection": shown, "named": named, "settings": settings, "errors": errors}
    context["crumbs"] = _crumbs(shown)
    return render(request, "connectors/connection_edit.html", context, status=422 if errors else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.MANAGE_CREDENTIALS)
def connection_credentials(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/connection_credentials.html: all credentials anew; the old ones are not shown."""
    connection = found(Connection.objects.all(), pk)
    data = request.POST if request.method == "POST" else None
    form = credentials_form(connection.system, data, request.FILES or None, known=_known(connection))
    if form.is_valid():
        connections.replace_credentials(connection, form.values())
        if connection.settings.get("account") == "oauth":  # a pasted key takes the place of the log-in
            connections.change_settings(connection, {**connection.settings, "account": "api_key", "dc": ""})
        messages.success(request, "Replaced. Ping it, to see whether it lets us in.")
        return redirect("connectors:ping", pk=pk)
    context = {
        "connection": connection,
        "form": form,
        "log_in": connection.system == "mailchimp" and is_offered(),
        "crumbs": _crumbs(connection),
    }
    return render(
        request, "connectors/connection_credentials.html", context, status=422 if form.is_bound else 200
    )


def _known(connection: Connection) -> Context:
    """The credentials as they are; nothing where they cannot be opened any more."""
    try:
        return connection.unseal().revealed()
    except (SealedValueUnreadable, ValueError):
        return {}


def _crumbs(connection: Connection) -> list[tuple[str, str]]:
    return [*CRUMBS, (connection.name, reverse("connectors:connection", args=[connection.pk]))]


def _facts(connection: Connection) -> list[tuple[str, object]]:
    """The settings that somebody set, by their names."""
    model = connection.system_class.settings_model
    facts: list[tuple[str, object]] = [("System", connection.system_name)]
    for name, info in model.model_fields.items():
        value = connection.settings.get(name)
        if value not in (None, "", info.get_default()) or info.is_required():
            facts.append((info.title or name, value))
    return facts


def _secrets(request: TenantRequest, connection: Connection) -> Context:
    """Which credentials are set, and where those who may replace them."""
    model = connection.system_class.credentials_model
    shown = connections.credentials_shown(connection)
    rows = [
        {"label": info.title or name, "is_set": shown.get(name, False)}
        for name, info in model.model_fields.items()
        if is_secret(model, name) and (shown.get(name) or info.is_required())
    ]
    may = can(request.membership, Action.MANAGE_CREDENTIALS)
    url = reverse("connectors:connection_credentials", args=[connection.pk]) if may else ""
    return {"rows": rows, "replace_url": url}
