"""The content security policy: our pages run our files and nothing else, so an injected script stays text."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

_HEADER = "Content-Security-Policy"


def policy(form_targets: list[str]) -> str:
    """Forms may also lead to the log-in pages of vendors: browsers apply form-action to redirects too."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            " ".join(["form-action 'self'", *form_targets]),
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


class ContentSecurityPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.policy = policy(settings.CSP_FORM_TARGETS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(_HEADER, self.policy)
        return response
