"""The tenant's home: is it fine, and if not, what now?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connectors.models import Connection
from connectors.services.reading import causes, glances
from connectors.views.frame import open_to
from tenants.permissions import Action
from tenants.requests import TenantRequest

CAUSES_SHOWN = 5


@require_safe
@open_to(Action.VIEW)
def overview(request: TenantRequest) -> HttpResponse:
    """Template connectors/overview.html. integrations: Glance; needy: connections in need; causes."""
    connections = list(Connection.objects.all())
    context = {
        "integrations": glances(),
        "connections": connections,
        "needy": [one for one in connections if one.state == Connection.State.ATTENTION],
        "working": sum(one.state == Connection.State.OK for one in connections),
        "causes": causes()[:CAUSES_SHOWN],
    }
    return render(request, "connectors/overview.html", context)
