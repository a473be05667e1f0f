"""Receiving a webhook: a look-up, an insert, an answer. Stored before it is believed.

No session, no cookie, no log-in: the address is the secret that finds the endpoint, and the signature, where
there is one, is checked over the body as it came. Nothing here waits for the broker or for a vendor.
"""

from __future__ import annotations

import structlog
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from connectors.sdk.hooks import Inbound, Verdict
from connectors.services.webhooks import public_url
from connectors.webhooks import notifier, store

log = structlog.get_logger(__name__)

LARGEST_BODY = 1024 * 1024


class Receiver(APIView):
    """Where vendors call.

    404 for an address nobody has, 401 for a signature that is not right, 413 and 411 for bodies we do not
    take, 503 where we cannot store it, else 200. Never 410, by which some vendors end a webhook for good.
    """

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    parser_classes = []
    http_method_names = ["get", "head", "post"]
    schema = None

    def perform_content_negotiation(
        self,
        request: Request,
        force: bool = False,  # noqa: FBT001, FBT002  DRF's signature
    ) -> tuple[BaseRenderer, str]:
        """Our answers have no content, so no wish for a type of content fails."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type or ""

    def get(self, request: Request, system: str, token: str) -> HttpResponse:
        """Vendors ask whether somebody is there before they trust an address."""
        return _answered(request._request, system, token)  # noqa: SLF001  DRF's documented way to Django's

    def post(self, request: Request, system: str, token: str) -> HttpResponse:
        """A delivery."""
        return _answered(request._request, system, token)  # noqa: SLF001


@csrf_exempt
def nobody(request: HttpRequest, anything: str) -> HttpResponse:
    """Addresses that are none, such as one with something behind it."""
    return _answer(404)


def _answered(request: HttpRequest, system: str, token: str) -> HttpResponse:
    try:
        return _received(request, system, token)
    except Exception as error:
        # Whatever is wrong here, the vendor tries again; and here too the path must not be logged.
        log.exception("webhook_not_received", system=system, error=type(error).__name__)
        return _answer(503)


def _received(request: HttpRequest, system: str, token: str) -> HttpResponse:
    if refusal := _too_much(request):
        return refusal
    now = timezone.now()
    door = store.find(system, token, now)
    if door is None:
        return _answer(404)
    inbound = Inbound(
        method=str(request.method),
        url=public_url(system, token),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        at=now,
    )
    if door.kind.is_probe(inbound):
        return _answer(200)
    verdict = door.kind.verify(inbound, door.secrets)
    if verdict is not Verdict.GENUINE:  # by secrets that may be those of some seconds ago
        door = store.find(system, token, now, anew=True) or door
        verdict = door.kind.verify(inbound, door.secrets)
    try:
        is_new = store.keep(door, inbound, verdict)
    except IntegrityError:  # the endpoint has just been deleted
        return _answer(404)
    if is_new and verdict.is_accepted:
        notifier.tell(door.tenant_id)
    return _answer(200 if verdict.is_accepted else 401)


def _too_much(request: HttpRequest) -> HttpResponse | None:
    """The answer to a body we do not even read: too long, or of a length nobody says."""
    if request.method != "POST":
        return None
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return _answer(411)
    length = request.META.get("CONTENT_LENGTH") or "0"
    return None if length.isdigit() and int(length) <= LARGEST_BODY else _answer(413)


def _answer(status: int) -> HttpResponse:
    return _Unlogged(status=status, content_type="text/plain")


class _Unlogged(HttpResponse):
    """Django would log the path of what is refused, and the path holds a secret."""

    _has_been_logged = True
