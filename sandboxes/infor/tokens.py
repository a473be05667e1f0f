"""The token service of a tenant: password grant with a service account, counted and rationed."""

import base64
import binascii
import json
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sandboxes.infor.options import Options
from sandboxes.kit import BadBody, Clock, Request, Response

FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
DAY = 86400.0


class _Denied(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Token:
    tenant: str
    client: str
    scope: str
    issued: float
    ends: float


class Ration:
    """At most so many within a window, which starts with the first one in it."""

    def __init__(self, allow: int | None, seconds: float) -> None:
        self.allow = allow
        self._seconds = seconds
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, who: str, now: float) -> bool:
        start, used = self._windows.get(who, (now, 0))
        if now >= start + self._seconds:
            start, used = now, 0
        if self.allow is not None and used >= self.allow:
            return False
        self._windows[who] = (start, used + 1)
        return True


class TokenService:
    """Issues tokens and knows which of them still hold; counts everything that was asked of it."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self.client_secret = options.client_secret
        self.secret_key = options.secret_key
        self.client_enabled = True
        self.locked = False
        self.expires_in = options.expires_in
        self.tokens: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.issued: Counter[str] = Counter()  # by client
        self.denied: Counter[str] = Counter()  # by error
        self.revoked = 0
        self.daily_tokens = Ration(options.tokens_per_day, DAY)
        self.daily_logins = Ration(options.logins_per_day, DAY)
        self.minute_logins = Ration(options.logins_per_minute, 60.0)

    def handle(self, request: Request, tenant: str, rest: str) -> Response:
        request.template = f"/{tenant}/as/{rest}"
        match rest:
            case "token.oauth2":
                return self._guarded(request, lambda form: self._token(tenant, form, request))
            case "revoke_token.oauth2":
                return self._guarded(request, lambda form: self._revoke(tenant, form, request))
            case "authorization.oauth2":
                return Response(200, "<html><body>Sign in</body></html>", {"Content-Type": "text/html"})
            case _:
                return Response(404)

    def refusal(self, token: str, tenant: str) -> str:
        """Why this token does not open this tenant; nothing when it does."""
        held = self.tokens.get(token)
        if held is None:
            return "The access token is unknown or was revoked"
        if self._clock.timestamp() >= held.ends:
            return "The access token expired"
        if held.tenant != tenant:
            return "The access token belongs to another tenant"
        if self._options.required_scope not in {"", *held.scope.split()}:
            return "The access token lacks a scope"
        return ""

    def live(self) -> int:
        now = self._clock.timestamp()
        return sum(1 for token in self.tokens.values() if now < token.ends)

    def drop_all(self) -> int:
        dropped = len(self.tokens)
        self.tokens.clear()
        self.refresh.clear()
        return dropped

    # One request.

    def _guarded(self, request: Request, work: Callable[[dict[str, str]], Response]) -> Response:
        try:
            return work(_form(request))
        except _Denied as denied:
            self.denied[denied.error] += 1
            body = {"error": denied.error, "error_description": denied.description}
            headers = dict(NO_STORE)
            if denied.status == 401:
                headers["WWW-Authenticate"] = 'Basic realm="PingFederate"'
            return Response(denied.status, body, headers)

    def _token(self, tenant: str, form: dict[str, str], request: Request) -> Response:
        client = self._client(request, form, tenant)
        grant = form.get("grant_type", "")
        if not grant:
            raise _Denied(400, "invalid_request", "grant_type is required")
        if grant not in {"password", "refresh_token"}:
            raise _Denied(400, "unsupported_grant_type", "The grant type is not supported")
        if client == self._named(tenant, self._options.web_client_id):
            raise _Denied(400, "unauthorized_client", "The client may not use this grant type")
        scope = self._scope(form)
        if grant == "password":
            self._log_in(tenant, form)
        else:
            self._take_refresh(client, form.get("refresh_token", ""))
        if not self.daily_tokens.take(client, self._clock.timestamp()):
            raise _Denied(429, "too_many_requests", "The client has used its access tokens of the day")
        return Response(200, self._issued(tenant, client, scope), NO_STORE)

    def _named(self, tenant: str, name: str) -> str:
        """The names of clients and service accounts begin with the tenant they belong to."""
        return name.replace(self._options.tenant, tenant, 1)

    def _client(self, request: Request, form: dict[str, str], tenant: str) -> str:
        kind, _, sent = request.headers.get("authorization").partition(" ")
        if kind.lower() == "basic":
            client, secret = _basic(sent)
        elif self._options.body_client_auth and "client_id" in form:
            client, secret = form["client_id"], form.get("client_secret", "")
        else:
            raise _Denied(401, "invalid_client", "Client authentication is required")
        secret_of = {
            self._named(tenant, self._options.client_id): self.client_secret,
            self._named(tenant, self._options.web_client_id): "web-client-secret",
        }
        if secret_of.get(client) != secret or not self.client_enabled:
            raise _Denied(401, "invalid_client", "Unknown client or wrong client secret")
        return client

    def _log_in(self, tenant: str, form: dict[str, str]) -> None:
        """Every attempt counts, the failed ones too."""
        now = self._clock.timestamp()
        if not self.minute_logins.take(tenant, now) or not self.daily_logins.take(tenant, now):
            raise _Denied(429, "too_many_requests", "Too many authentications of service accounts")
        wanted = (self._named(tenant, self._options.access_key), self.secret_key)
        if (form.get("username"), form.get("password")) != wanted or self.locked:
            raise _Denied(400, "invalid_grant", "The service account or its secret is not valid")

    def _take_refresh(self, client: str, token: str) -> None:
        held = self.refresh.pop(token, None)
        if held is None or held.client != client or self._clock.timestamp() >= held.ends:
            raise _Denied(400, "invalid_grant", "The refresh token is not valid")

    def _scope(self, form: dict[str, str]) -> str:
        scope = form.get("scope", "")
        if set(scope.split()) - self._options.scopes:
            raise _Denied(400, "invalid_scope", "The requested scope is not allowed")
        return scope

    def _issued(self, tenant: str, client: str, scope: str) -> dict[str, object]:
        now, options = self._clock.timestamp(), self._options
        token = Token(tenant, client, scope, now, now + self.expires_in)
        access = _jwt({"Tenant": tenant, "client_id": client, "iat": int(now), "exp": int(token.ends)})
        self.tokens[access] = token
        self.issued[client] += 1
        answer: dict[str, object] = {
            "access_token": access, "token_type": "Bearer", "expires_in": self.expires_in
        }  # fmt: skip
        if options.refresh_tokens:
            refresh = secrets.token_urlsafe(32)
            self.refresh[refresh] = Token(tenant, client, scope, now, now + options.refresh_expires_in)
            answer["refresh_token"] = refresh
        return answer

    def _revoke(self, tenant: str, form: dict[str, str], request: Request) -> Response:
        client = self._client(request, form, tenant)
        if "token" not in form:
            raise _Denied(400, "invalid_request", "token is required")
        for held in (self.tokens, self.refresh):
            token = held.get(form["token"])
            if token is not None and token.client == client:
                del held[form["token"]]
                self.revoked += 1
        return Response(200)  # also for a token that never was


def _form(request: Request) -> dict[str, str]:
    """A `#` in a form must be escaped: what follows a bare one is lost on the way."""
    if request.method != "POST":
        raise _Denied(405, "invalid_request", "POST is required")
    if request.content_type != FORM or request.raw_query:
        raise _Denied(400, "invalid_request", "Parameters must come as a form in the body")
    request.body = request.body.partition(b"#")[0]
    try:
        return {name: values[-1] for name, values in request.form().items()}
    except BadBody as error:
        raise _Denied(400, "invalid_request", "The body is no form") from error


def _basic(sent: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(sent, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _Denied(401, "invalid_client", "The Basic credentials cannot be read") from error
    client, _, secret = text.partition(":")
    return client, secret


def _jwt(claims: dict[str, object]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "kid": "ion-1"}, claims)]
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(32)])
