"""Ping: the checklist of a connection, sent to the browser check by check as each is done."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from audit.actors import actor_scope
from connectors.models import Connection, Integration
from connectors.services import connections
from connectors.views.connections import CRUMBS
from connectors.views.frame import Context, actor_of, found, open_to
from tenants.permissions import Action, can
from tenants.requests import TenantRequest

_CUT = "<!-- checks -->"


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.VIEW)
def ping_page(request: TenantRequest, pk: UUID) -> HttpResponseBase:
    """Template connectors/ping.html. GET shows the last ping; a POST pings, and its answer grows."""
    connection = found(Connection.objects.all(), pk)
    if request.method != "POST":
        return _page(request, connection, connection.ping)
    if not can(request.membership, Action.RUN):
        raise PermissionDenied
    return _started(request, connection)


def _started(request: TenantRequest, connection: Connection) -> HttpResponseBase:
    head, _, foot = _page(request, connection, [], running=True).content.decode().partition(_CUT)
    answer = StreamingHttpResponse(_parts(request, connection, head, foot))
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"  # a proxy that waited for the end would take the point away
    return answer


def _parts(request: TenantRequest, connection: Connection, head: str, foot: str) -> Iterator[bytes]:
    """Each part runs in the tenant's scope (the middleware sees to that), and as the person who pings."""
    yield head.encode()
    checks = connections.ping_live(connection)
    actor = actor_of(request)
    while True:
        with actor_scope(actor):
            check = next(checks, None)
        if check is None:
            break
        yield render_to_string("connectors/_check.html", {"check": check}).encode()
    connection.refresh_from_db()
    yield render_to_string("connectors/_ping_result.html", _result(connection), request).encode()
    yield foot.encode()


def _page(
    request: TenantRequest, connection: Connection, checks: object, *, running: bool = False
) -> HttpResponse:
    crumbs = [*CRUMBS, (connection.name, reverse("connectors:connection", args=[connection.pk]))]
    context = {"connection": connection, "checks": checks, "running": running, "crumbs": crumbs}
    return render(request, "connectors/ping.html", context | _result(connection))


def _result(connection: Connection) -> Context:
    """What comes next once it works: the other connection, or the integration."""
    used = Integration.objects.filter(source=connection) | Integration.objects.filter(destination=connection)
    return {
        "connection": connection,
        "used_by": list(used[:5]),
        "worked": connection.state == Connection.State.OK,
    }
