"""Gives each request an id and one log line, and takes both into what the request causes."""

import re
import secrets
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponseBase
from structlog import get_logger
from structlog.contextvars import bound_contextvars

log = get_logger(__name__)
_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        offered = request.headers.get("X-Request-Id", "")
        request_id = offered if _USABLE_ID.fullmatch(offered) else secrets.token_hex(8)
        started = perf_counter()
        with bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            log.info(
                "request_answered",
                method=request.method,
                route=_route(request),
                status=response.status_code,
                ms=round((perf_counter() - started) * 1000, 1),
            )
        response.headers["X-Request-Id"] = request_id
        return response


def _route(request: HttpRequest) -> str:
    """The pattern, not the path: paths of inbound webhooks hold a secret."""
    return request.resolver_match.route if request.resolver_match else "(none)"
