"""OAuth 2 as login.mailchimp.com has it: authorization code, no scopes, no expiry, no refresh."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from urllib.parse import urlencode, urlsplit

from sandboxes.kit import BadBody, Request, Response
from sandboxes.mailchimp.state import Account

CODE_SECONDS = 60
LOOPBACK = frozenset({"127.0.0.1", "localhost"})

CONSENT = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Authorize application</title></head><body>
<h1>{app} wants to use the account {account}</h1>
<form method="post" action="/oauth2/authorize">{fields}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form></body></html>
"""


@dataclass(slots=True)
class Code:
    redirect_uri: str
    expires: float


@dataclass(slots=True)
class Application:
    """One registered application. With no redirect URIs registered, any on the loopback host will do."""

    client_id: str
    client_secret: str
    name: str = "ml-connector"
    redirect_uris: set[str] = field(default_factory=set)
    consents_by_itself: bool = False  # skips the page
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    issued: int = 0

    def issue(self, kind: str) -> str:
        """The next code or token: different every time, the same in every run."""
        self.issued += 1
        text = f"{kind}/{self.client_id}/{self.issued}"
        return hmac.digest(self.client_secret.encode(), text.encode(), sha256).hex()[:32]

    def knows(self, redirect_uri: str) -> bool:
        if self.redirect_uris:
            return redirect_uri in self.redirect_uris
        return urlsplit(redirect_uri).hostname in LOOPBACK


class _Refused(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status
        self.answer = {"error": error, "error_description": description}


def handle(app: Application, account: Account, request: Request, now: float) -> Response:
    try:
        match request.method, request.segments[1:]:
            case "GET", ["authorize"]:
                return _ask(app, account, _single(request.form_query), now)
            case "POST", ["authorize"]:
                return _decide(app, _single(_form(request)), now)
            case "POST", ["token"]:
                return _exchange(app, _single(_form(request)), now)
            case "GET", ["metadata"]:
                return _metadata(app, account, request)
            case _:
                return Response(404, "Not Found")
    except _Refused as refused:
        return Response(refused.status, refused.answer)


def _ask(app: Application, account: Account, asked: dict[str, str], now: float) -> Response:
    _check_request(app, asked)
    if app.consents_by_itself:
        return _back(app, asked, now)
    names = ("client_id", "redirect_uri", "response_type", "state")
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(asked[name])}">'
        for name in names
        if name in asked
    )
    page = CONSENT.format(app=escape(app.name), account=escape(account.name), fields=fields)
    return Response(200, page, {"Content-Type": "text/html; charset=utf-8"})


def _decide(app: Application, asked: dict[str, str], now: float) -> Response:
    _check_request(app, asked)
    if asked.get("decision") == "allow":
        return _back(app, asked, now)
    return _redirect(asked, {"error": "access_denied"})


def _check_request(app: Application, asked: dict[str, str]) -> None:
    """What is wrong here is shown, never sent to an address that may not be the application's."""
    if asked.get("client_id") != app.client_id:
        raise _Refused("invalid_client", "The client id is not known.")
    if not app.knows(asked.get("redirect_uri", "")):
        raise _Refused("invalid_request", "The redirect_uri does not match the registered one.")
    if asked.get("response_type") != "code":
        raise _Refused("unsupported_response_type", "The response_type must be code.")


def _back(app: Application, asked: dict[str, str], now: float) -> Response:
    code = app.issue("code")
    app.codes[code] = Code(asked["redirect_uri"], now + CODE_SECONDS)
    return _redirect(asked, {"code": code})


def _redirect(asked: dict[str, str], result: dict[str, str]) -> Response:
    uri = asked["redirect_uri"]
    if "state" in asked:
        result["state"] = asked["state"]
    location = f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode(result)}"
    return Response(302, b"", {"Location": location})


def _exchange(app: Application, asked: dict[str, str], now: float) -> Response:
    if asked.get("grant_type") != "authorization_code":
        raise _Refused("unsupported_grant_type", "The grant_type must be authorization_code.")
    secret = asked.get("client_secret", "")
    if asked.get("client_id") != app.client_id or secret != app.client_secret:
        raise _Refused("invalid_client", "The client credentials are invalid.", 401)
    code = app.codes.pop(asked.get("code", ""), None)  # spent, whether this works or not
    if code is None or code.expires < now:
        raise _Refused("invalid_grant", "The code is invalid, expired or already used.")
    if code.redirect_uri != asked.get("redirect_uri"):
        raise _Refused("invalid_grant", "The redirect_uri is not the one the code was issued for.")
    token = app.issue("token")
    app.tokens.add(token)
    return Response(200, {"access_token": token, "expires_in": 0, "scope": None})


def _metadata(app: Application, account: Account, request: Request) -> Response:
    scheme, _, token = request.headers.get("authorization").partition(" ")
    if scheme != "OAuth" or token not in app.tokens:
        raise _Refused("invalid_token", "The access token is invalid.", 401)
    return Response(
        200,
        {
            "dc": account.dc,
            "role": account.role,
            "accountname": account.name,
            "user_id": account.account_id,
            "login": {
                "email": account.email,
                "avatar": None,
                "login_id": account.login_id,
                "login_name": "frida",
                "login_email": account.email,
            },
            "login_url": f"http://{request.host}",
            "api_endpoint": f"http://{request.host}",
        },
    )


def _form(request: Request) -> dict[str, list[str]]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise _Refused("invalid_request", "The body must be form-encoded.")
    try:
        return request.form()
    except BadBody:
        raise _Refused("invalid_request", "The body must be form-encoded.") from None


def _single(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: value[-1] for name, value in values.items()}
