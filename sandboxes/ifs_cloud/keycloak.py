"""The identity provider: one realm, one client, tokens that end. Answers in Keycloak's words."""

import base64
import binascii
import secrets
from urllib.parse import unquote_plus

from sandboxes.ifs_cloud.options import Options
from sandboxes.kit import BadBody, Clock, Request, Response

ROOT = "/auth/realms/"
KNOWN_SCOPES = frozenset({"openid", "microprofile-jwt", "profile", "email", "offline_access", "roles"})
DEFAULT_SCOPE = "profile email"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class _Refused(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


class Keycloak:
    """Issues tokens and knows which of them still hold."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self.secret = options.client_secret
        self.enabled = True
        self.expires_in = options.expires_in
        self.issued = 0
        self._tokens: dict[str, tuple[float, str]] = {}
        self._refresh: dict[str, tuple[float, str]] = {}

    def handle(self, request: Request) -> Response:
        realm, _, rest = request.path.removeprefix(ROOT).partition("/")
        if realm != self._options.realm:
            return Response(404, {"error": "Realm does not exist"})
        request.template = f"{ROOT}{realm}/{rest}"
        if rest == ".well-known/openid-configuration" and request.method == "GET":
            return Response(200, self._discovery(request))
        if rest != "protocol/openid-connect/token":
            return Response(404, {"error": "Unable to find matching target resource method"})
        return self._token_answer(request)

    def refusal(self, request: Request) -> Response | None:
        """The 401 a call without a good token gets; None when its token is good."""
        kind, _, token = request.headers.get("authorization").partition(" ")
        if kind.lower() == "bearer":
            end, scope = self._tokens.get(token.strip(), (0.0, ""))
            missing = set(self._options.required_scope.split()) - set(scope.split())
            if self._clock.timestamp() < end and not missing:
                return None
        challenge = f'Bearer realm="{self._options.realm}"'
        if token:
            challenge += ', error="invalid_token"'
        return Response(401, b"", {"WWW-Authenticate": challenge})

    def revoke_tokens(self) -> int:
        count = len(self._tokens)
        self._tokens.clear()
        self._refresh.clear()
        return count

    def valid_tokens(self) -> int:
        now = self._clock.timestamp()
        return sum(1 for end, _ in self._tokens.values() if now < end)

    def _token_answer(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(405, {"error": "HTTP 405 Method Not Allowed"}, {"Allow": "POST, OPTIONS"})
        if request.content_type != "application/x-www-form-urlencoded":
            return Response(415, {"error": "HTTP 415 Unsupported Media Type"})
        try:
            return Response(200, self._token(request), NO_STORE)
        except BadBody:
            return Response(400, _error("invalid_request", "The body is no form"), NO_STORE)
        except _Refused as refused:
            return Response(refused.status, _error(refused.error, refused.description), NO_STORE)

    def _token(self, request: Request) -> dict[str, object]:
        form = {name: values[-1] for name, values in request.form().items()}
        grant = form.get("grant_type", "")
        if not grant:
            raise _Refused(400, "invalid_request", "Missing form parameter: grant_type")
        self._check_client(request, form)
        if grant == "refresh_token":
            return self._answer(self._refreshed(form.get("refresh_token", "")))
        if grant != "client_credentials":
            raise _Refused(400, "unsupported_grant_type", "Unsupported grant_type")
        scope = form.get("scope", "")
        unknown = [one for one in scope.split() if one not in KNOWN_SCOPES]
        if unknown:
            raise _Refused(400, "invalid_scope", f"Invalid scopes: {scope}")
        return self._answer(scope or DEFAULT_SCOPE)

    def _check_client(self, request: Request, form: dict[str, str]) -> None:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if request.headers.get("authorization").lower().startswith("basic "):
            client, secret = _basic(request.headers["authorization"])
        known = client == self._options.client_id
        if not known or not self.enabled:
            raise _Refused(401, "invalid_client", "Invalid client or Invalid client credentials")
        if not secrets.compare_digest(secret.encode(), self.secret.encode()):
            raise _Refused(401, "unauthorized_client", "Invalid client or Invalid client credentials")

    def _refreshed(self, token: str) -> str:
        end, scope = self._refresh.pop(token, (0.0, ""))
        if self._clock.timestamp() >= end:
            raise _Refused(400, "invalid_grant", "Token is not active")
        return scope

    def _answer(self, scope: str) -> dict[str, object]:
        now, options = self._clock.timestamp(), self._options
        self._tokens = {token: held for token, held in self._tokens.items() if now < held[0]}
        access, refresh = _opaque(), _opaque()
        self._tokens[access] = (now + self.expires_in, scope)
        self._refresh[refresh] = (now + options.refresh_expires_in, scope)
        self.issued += 1
        answer: dict[str, object] = {
            "access_token": access,
            "expires_in": self.expires_in,
            "refresh_expires_in": options.refresh_expires_in,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "session_state": secrets.token_hex(16),
            "scope": scope,
        }
        if "openid" in scope.split():
            answer["id_token"] = _opaque()
        return answer

    def _discovery(self, request: Request) -> dict[str, object]:
        issuer = f"http://{request.host}{ROOT}{self._options.realm}"
        return {
            "issuer": issuer,
            "token_endpoint": f"{issuer}/protocol/openid-connect/token",
            "grant_types_supported": ["client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }


def _opaque() -> str:
    return f"eyJhbGciOiJSUzI1NiJ9.{secrets.token_urlsafe(96)}.{secrets.token_urlsafe(32)}"


def _error(error: str, description: str) -> dict[str, object]:
    return {"error": error, "error_description": description}


def _basic(header: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(header.partition(" ")[2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _Refused(401, "invalid_client", "Invalid client or Invalid client credentials") from error
    client, _, secret = text.partition(":")
    return unquote_plus(client), unquote_plus(secret)
