"""Activity: what people and the system did, and the calls that were made."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit import services as trail
from connectors.models import Connection
from connectors.views.entries import KINDS, said
from connectors.views.frame import found, listed, open_to, uuid_or_404
from tenants.permissions import Action
from tenants.requests import TenantRequest


@require_safe
@open_to(Action.VIEW)
def audit_list(request: TenantRequest) -> HttpResponse:
    """Template connectors/audit.html: entries as sentences. `about` narrows to a family of kinds."""
    about = request.GET.get("about", "")
    kinds = KINDS.get(about) or [kind for family in KINDS.values() for kind in family]
    entries, page = listed(request, lambda after: trail.search_entries(kinds=kinds, after=after))
    context = {"entries": said(entries), "page": page, "about": about, "families": list(KINDS)}
    return render(request, "connectors/audit.html", context)


@require_safe
@open_to(Action.VIEW)
def call_list(request: TenantRequest) -> HttpResponse:
    """Template connectors/calls.html: the calls of one connection. `failed` leaves out what went well."""
    connections = list(Connection.objects.all())
    chosen = request.GET.get("connection", "") or (str(connections[0].pk) if connections else "")
    failed = bool(request.GET.get("failed"))
    context = {"connections": connections, "chosen": chosen, "failed": failed, "calls": [], "page": None}
    if chosen:
        connection: UUID = found(Connection.objects.all(), uuid_or_404(chosen)).pk
        context["calls"], context["page"] = listed(
            request, lambda after: trail.calls_of_connection(connection, failed=failed, after=after)
        )
    return render(request, "connectors/calls.html", context)
