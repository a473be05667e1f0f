"""The ION API gateway: who may pass, how often, and its own errors, which are nobody's business errors."""

from collections.abc import Mapping

from sandboxes.infor.options import Options, Quota
from sandboxes.infor.tokens import TokenService
from sandboxes.kit import Clock, Request, Response

REASONS = {
    401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large",
    415: "Unsupported Media Type", 429: "Too Many Requests", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip


class GatewayError(Exception):
    """An answer of the gateway itself. The form of its body is our reading; the status is what counts."""

    def __init__(self, status: int, message: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or REASONS.get(status, "Error")
        self.headers = dict(headers or {})

    def response(self) -> Response:
        error = {"code": self.status, "message": self.message}
        return Response(self.status, {"error": error}, self.headers)


class Gateway:
    """Counts what passes, by windows that start with their first request. Says 429 and never for how long."""

    def __init__(self, options: Options, clock: Clock, tokens: TokenService) -> None:
        self._options = options
        self._clock = clock
        self._tokens = tokens
        self.quotas = list(options.quotas)
        self.maintenance = False
        self.passed = 0
        self.refused = 0
        self._windows: dict[Quota, tuple[float, int]] = {}

    def admit(self, request: Request, tenant: str) -> None:
        """Raises what the caller gets instead of the backend's answer."""
        self._check_token(request, tenant)
        if self.maintenance:
            raise GatewayError(503)
        self._count()
        if len(request.body) > self._options.max_message:
            raise GatewayError(413)
        self.passed += 1

    def _check_token(self, request: Request, tenant: str) -> None:
        kind, _, token = request.headers.get("authorization").partition(" ")
        challenge = 'Bearer realm="Infor ION API"'
        if kind.lower() != "bearer" or not token.strip():
            raise GatewayError(401, headers={"WWW-Authenticate": challenge})
        reason = self._tokens.refusal(token.strip(), tenant)
        if reason:
            described = f'{challenge}, error="invalid_token", error_description="{reason}"'
            raise GatewayError(401, headers={"WWW-Authenticate": described})

    def _count(self) -> None:
        now = self._clock.timestamp()
        for quota in self.quotas:
            start, used = self._windows.get(quota, (now, 0))
            if now >= start + quota.seconds:
                start, used = now, 0
            if used >= quota.allow:
                self.refused += 1
                raise GatewayError(429)
            self._windows[quota] = (start, used + 1)
