"""Who may call: password grants, Basic, cookies; two clocks per session; an account that locks itself."""

import base64
import binascii
import secrets
from collections import Counter
from dataclasses import dataclass

from sandboxes.kit import BadBody, Clock, Request, Response
from sandboxes.qad import errors
from sandboxes.qad.errors import Refused
from sandboxes.qad.options import Options, Transport

FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
BAD_PASSWORD = "Username or password is invalid, please try again."  # noqa: S105 - what QAD says of one
COOKIE = "JSESSIONID"
BASIC_ANYWAY = "securityControl"


@dataclass(slots=True)
class User:
    """The integration user. Three wrong passwords disable it for the whole company."""

    name: str
    password: str
    failures: int = 0
    locked: bool = False
    expired: bool = False  # the password, by the password strategy
    licensed: bool = True  # false: the licensed user count is used up

    @property
    def admitted(self) -> bool:
        return not self.locked and not self.expired and self.licensed


@dataclass(slots=True)
class Session:
    kind: str  # token or cookie
    started: float
    used: float


@dataclass(slots=True)
class Refresh:
    session: Session
    token: str
    ends: float


class Access:
    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self.user = User(options.username, options.password)
        self.counts: Counter[str] = Counter()
        self._sessions: dict[str, Session] = {}
        self._refresh: dict[str, Refresh] = {}

    # Getting in.

    def token(self, request: Request) -> Response:
        if request.method != "POST":
            raise errors.method_not_allowed("POST")
        asked = _parameters(request, self._options.token_transport)
        grant = asked.get("grant_type", "")
        if not grant:
            raise errors.oauth(400, "invalid_request", "Missing grant type")
        if asked.get("client_id") != self._options.client_id or "client_secret" in asked:
            # A public client: one that comes with a secret is another client.
            raise errors.oauth(
                self._options.invalid_client_status, "invalid_client", "Bad client credentials"
            )
        match grant:
            case "password":
                if not self._knows(asked.get("username", ""), asked.get("password", "")):
                    raise errors.oauth(400, "invalid_grant", BAD_PASSWORD)
                self.counts["password_grants"] += 1
            case "refresh_token":
                self._spend(asked.get("refresh_token", ""))
                self.counts["refreshes"] += 1
            case _:
                raise errors.oauth(400, "unsupported_grant_type", f"Unsupported grant type: {grant}")
        return Response(200, self._tokens(), NO_STORE)

    def log_in(self, request: Request) -> Response:
        if request.method != "POST":
            raise errors.method_not_allowed("POST")
        root = f"{self._options.context_root}/"
        asked = _parameters(request, self._options.cookie_transport)
        if not self._options.cookies:
            raise Refused(errors.not_found_page())
        if not self._knows(asked.get("j_username", ""), asked.get("j_password", "")):
            return self._turned_away(root)
        self.counts["cookie_log_ins"] += 1
        number = secrets.token_hex(16).upper()
        self._sessions[number] = self._session("cookie")
        cookie = f"{COOKIE}={number}; Path={root.rstrip('/') or '/'}; HttpOnly"
        return Response(302, b"", {"Location": root, "Set-Cookie": cookie})

    # Being in.

    def check(self, request: Request, resource: str) -> None:
        """Passes, or raises the answer for a call without a good session."""
        kind, _, given = request.headers.get("authorization").partition(" ")
        match kind.lower():
            case "bearer":
                if not self._holds(given.strip(), "token"):
                    raise Refused(errors.unauthorized("The access token is invalid or has expired."))
            case "basic":
                self._check_basic(given.strip(), resource)
            case "" if COOKIE in request.cookies:
                if not self._holds(request.cookies[COOKIE], "cookie"):
                    raise Refused(Response(200, errors.LOGIN_PAGE, errors.HTML))
            case _:
                raise Refused(errors.unauthorized("Full authentication is required."))

    def check_login(self, name: str, password: str) -> bool:
        """A name and password that came with the call itself."""
        return self._knows(name, password)

    # What people do to it, and what can be seen of it.

    def lock(self) -> None:
        self.user.locked = True
        self.counts["mails_to_administrators"] += 1
        self.end_sessions()

    def end_sessions(self) -> int:
        """Their refresh tokens too."""
        ended = len(self._sessions)
        self._sessions.clear()
        self._refresh.clear()
        return ended

    def drop(self, request: Request) -> None:
        """Ends the session this request comes with; its refresh token still holds."""
        given = request.headers.get("authorization").partition(" ")[2].strip()
        self._sessions.pop(given, None)
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def live(self) -> int:
        return sum(1 for session in self._sessions.values() if self._alive(session))

    def _knows(self, name: str, password: str) -> bool:
        """Counts a failure against the user it names; the one too many locks it."""
        user = self.user
        if name != user.name:
            self.counts["bad_log_ins"] += 1
            return False
        right = secrets.compare_digest(password.encode(), user.password.encode())
        if right and user.admitted:
            user.failures = 0
            return True
        self.counts["bad_log_ins"] += 1
        if not right and not user.locked:
            user.failures += 1
            if user.failures >= self._options.max_access_failures:
                self.lock()
        return False

    def _check_basic(self, given: str, resource: str) -> None:
        allowed = self._options.basic
        if allowed != "all" and resource != BASIC_ANYWAY and not (allowed == "browses" == resource):
            raise Refused(errors.unauthorized("Basic authentication is not enabled."))
        try:
            name, _, password = base64.b64decode(given, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refused(errors.unauthorized("Bad Basic credentials.")) from error
        if not self._knows(name, password):
            raise Refused(errors.unauthorized(BAD_PASSWORD))
        self.counts["basic_calls"] += 1

    def _turned_away(self, root: str) -> Response:
        match self._options.cookie_failure:
            case "redirect":
                return Response(302, b"", {"Location": f"{root}login?error=1"})
            case "401":
                return errors.unauthorized(BAD_PASSWORD)
            case _:
                return Response(200, errors.LOGIN_PAGE, errors.HTML)

    # Sessions.

    def _session(self, kind: str) -> Session:
        now = self._clock.timestamp()
        # Those that are long over; a refresh token may outlive its session by a day.
        self._sessions = {name: held for name, held in self._sessions.items() if self._alive(held)}
        self._refresh = {name: held for name, held in self._refresh.items() if now < held.ends}
        return Session(kind, now, now)

    def _tokens(self) -> dict[str, object]:
        session, access, refresh = (
            self._session("token"),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
        )
        self._sessions[access] = session
        ends = session.started + self._options.refresh_minutes * 60
        self._refresh[refresh] = Refresh(session, access, ends)
        answer: dict[str, object] = {
            "access_token": access,
            "token_type": "bearer",
            "refresh_token": refresh,
        }
        if self._options.tells_expires_in:
            answer["expires_in"] = self._options.session_minutes * 60
        return answer

    def _spend(self, token: str) -> None:
        """A refresh token works once, and the access token that came with it ends."""
        held = self._refresh.pop(token, None)
        rested = held is not None and self._rested(held.session)
        if (
            held is None
            or not self.user.admitted
            or self._clock.timestamp() >= held.ends
            or (rested and not self._options.refresh_survives_idle)
        ):
            raise errors.oauth(400, "invalid_grant", f"Invalid refresh token: {token}")
        self._sessions.pop(held.token, None)

    def _holds(self, name: str, kind: str) -> bool:
        session = self._sessions.get(name)
        if session is None or session.kind != kind or not self._alive(session):
            return False
        session.used = self._clock.timestamp()
        return True

    def _alive(self, session: Session) -> bool:
        over = self._clock.timestamp() >= session.started + self._options.session_minutes * 60
        return not over and not self._rested(session)

    def _rested(self, session: Session) -> bool:
        """Idle for too long, or it was when its absolute life ended."""
        end = session.started + self._options.session_minutes * 60
        now = min(self._clock.timestamp(), end)
        return now >= session.used + self._options.idle_minutes * 60


def _parameters(request: Request, transport: Transport) -> dict[str, str]:
    """What was sent the other way is not seen."""
    found: dict[str, list[str]] = {}
    if transport in {"query", "either"}:
        found |= request.form_query
    if transport in {"body", "either"} and request.content_type == FORM:
        try:
            found |= request.form()
        except BadBody as error:
            raise errors.oauth(400, "invalid_request", "The body is no form") from error
    return {name: values[-1] for name, values in found.items()}
