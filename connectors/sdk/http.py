"""The one door to the outside: every vendor call goes through `HttpClient`.

It adds credentials, keeps the tenant's URL from leading to places it should not, spends the shared budget,
bounds time and size, turns unhappy answers into faults (`sdk.errors`), retries what is safe to retry and
short to wait for, and hands a redacted `Call` of each attempt to the trail. Long waits are never slept here:
they come out as `RetryLater`.
"""

from __future__ import annotations

import json as jsonlib
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter

from audit.redaction import Redactor
from connectors.sdk.auth import Auth, NoAuth
from connectors.sdk.calls import Answer, Call
from connectors.sdk.classify import Rule, VendorWords, fault_of, retry_after
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, RetryLater, SystemFault
from connectors.sdk.net import AddressRefused, HostUnknown, NetworkPolicy, guarded_pools
from connectors.sdk.ratelimit import Budget, Unlimited, in_flight

Query = Sequence[tuple[str, str]]

CONNECT_SECONDS = 10.0
CALL_SECONDS = 60.0
MAX_ANSWER_BYTES = 32 * 1024 * 1024
PATIENCE_SECONDS = 5.0
"""The longest wait we sleep through inside a call; anything longer parks the slice."""
READ_TRIES = 3


@dataclass(slots=True)
class HttpClient:
    """Calls to one origin as one account. Safe to share between threads (each has its own connection).

    `base_url` may carry a path; `rules`/`words_of` are the system's table (see `sdk.classify`); `on_call`
    receives every attempt.
    """

    system: str
    base_url: str
    auth: Auth = field(default_factory=NoAuth)
    budget: Budget = field(default_factory=Unlimited)
    policy: NetworkPolicy = field(default_factory=NetworkPolicy)
    redactor: Redactor = field(default_factory=lambda: Redactor(()))
    rules: tuple[Rule, ...] = ()
    words_of: Callable[[Answer], VendorWords] = lambda _: VendorWords()
    on_call: Callable[[Call], None] = lambda _: None
    request_id_header: str = "x-request-id"
    max_bytes: int = MAX_ANSWER_BYTES
    seconds: float = CALL_SECONDS
    _threads: threading.local = field(default_factory=threading.local, repr=False)

    def get(
        self, template: str, *, query: Query = (), headers: Mapping[str, str] | None = None, **path: str
    ) -> Answer:
        """GET; see `call`."""
        return self.call("GET", template, query=query, headers=headers, path=path)

    def follow(self, link: str) -> Answer:
        """GET a link the vendor gave us (absolute or relative), sent verbatim.

        Raises `ConfigProblem` where it leads to another origin: our credentials must not go there.
        """
        url = self._within_origin(link)
        return self._tries("GET", "(next page)", url, None, {}, writes=False, cost=1.0)

    def call(
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Query = (),
        json: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        writes: bool | None = None,
        accept: Collection[int] = (),
        cost: float = 1.0,
    ) -> Answer:
        """Make a call and return its 2xx answer, or one with a status of `accept`.

        `template` has `{name}` placeholders filled from `path`, each percent-encoded whole. `query` is
        encoded with `%20`, never `+`. `content` is a body that is neither JSON nor a form; its type goes into
        the `headers`. `writes` says whether the call changes anything (default: every method
        but GET and HEAD).

        Raises a `SystemFault`: `RetryLater` when nothing was done, `OutcomeUnknown` when a write may have
        been, and what the system's rules say of the answer.
        """
        changes = method not in {"GET", "HEAD"} if writes is None else writes
        url = self.base_url.rstrip("/") + template.format(
            **{k: quote(v, safe="") for k, v in (path or {}).items()}
        )
        if query:
            url += "?" + "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in query)
        sent = dict(headers or {})
        body: bytes | None = None
        if json is not None:
            body = jsonlib.dumps(json, separators=(",", ":"), allow_nan=False).encode()
            sent["Content-Type"] = "application/json"
        elif form is not None:
            body = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in form.items()).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif content is not None:
            body = content
        return self._tries(method, template, url, body, sent, writes=changes, accept=accept, cost=cost)

    def _tries(
        self,
        method: str,
        template: str,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        *,
        writes: bool,
        cost: float,
        accept: Collection[int] = (),
    ) -> Answer:
        renewed = False
        for attempt in range(1, READ_TRIES + 3):
            # Fetching a token is a call of its own: were it made from within our place in flight, it could
            # wait for that place.
            token = self.auth.token()
            self._wait_for_budget(cost)
            try:
                with in_flight(self.budget):
                    answer = self._once(
                        method,
                        template,
                        url,
                        body,
                        {**headers, **self.auth.headers(token)},
                        attempt=attempt,
                        writes=writes,
                    )
                if answer.ok or answer.status in accept:
                    return answer
                # Refused before any work was done, so sending again is safe for writes too.
                if answer.status == 401 and not renewed and self.auth.renew(token):
                    renewed = True
                    continue
                raise fault_of(
                    answer, system=self.system, writes=writes, rules=self.rules, words_of=self.words_of
                )
            except SystemFault as fault:
                # Vendors quote what they were sent.
                fault.detail = self.redactor.text(fault.detail)
                fault.text = self.redactor.text(fault.text)
                if not isinstance(fault, RetryLater):
                    raise
                wait = _backoff(attempt) if fault.after is None else fault.after
                if attempt >= READ_TRIES or wait > PATIENCE_SECONDS:
                    raise
                time.sleep(wait)
        raise RetryLater(f"{self.system} kept refusing; we try again later.")

    def _wait_for_budget(self, cost: float) -> None:
        waited = 0.0
        while wait := self.budget.admit(cost):
            if waited + wait > PATIENCE_SECONDS:
                raise RetryLater(
                    f"The call budget of {self.system} is used up for now; we go on when it allows.",
                    after=wait,
                    code="budget",
                )
            time.sleep(wait)
            waited += wait

    def _once(
        self,
        method: str,
        template: str,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        *,
        attempt: int,
        writes: bool,
    ) -> Answer:
        at, start = datetime.now(UTC), time.perf_counter()
        answer: Answer | None = None
        fault: SystemFault | None = None
        try:
            answer = self._exchange(method, url, body, headers, start, writes=writes)
        except SystemFault as error:
            fault = error
            raise
        finally:
            status = 0 if answer is None else answer.status
            self.budget.learn(status, None if answer is None else retry_after(answer))
            error_class, said = "", ""
            if fault is not None:
                error_class, said = type(fault).__name__, fault.text
            elif answer is not None and not answer.ok:
                error_class, said = "Refused", self.words_of(answer).message
            self.on_call(
                Call(
                    at=at,
                    system=self.system,
                    method=method,
                    template=template,
                    status=status,
                    duration_ms=(time.perf_counter() - start) * 1000,
                    bytes_out=len(body or b""),
                    bytes_in=0 if answer is None else len(answer.body),
                    attempt=attempt,
                    vendor_request_id=self._request_id(answer),
                    error_class=error_class,
                    error_text=self.redactor.text(said)[:500],
                )
            )
        return answer

    def _request_id(self, answer: Answer | None) -> str:
        return "" if answer is None else answer.headers.get(self.request_id_header, "")[:200]

    def _exchange(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        start: float,
        *,
        writes: bool,
    ) -> Answer:
        self._refuse_plain_http(url)
        unanswered = OutcomeUnknown if writes else RetryLater
        try:
            response = self._session().request(
                method,
                url,
                data=body,
                headers={"Accept": "application/json", "User-Agent": "ml-connector", **headers},
                timeout=(CONNECT_SECONDS, self.seconds),
                allow_redirects=False,
                stream=True,
            )
            try:
                content = self._body(response, start, writes=writes)
            finally:
                response.close() if not response.raw.isclosed() else None
        except AddressRefused as error:
            raise ConfigProblem(
                f"The address of {self.system} leads into a private network, where we do not connect. "
                "Enter its public address, or ask the operator to allow that network.",
                detail=str(error),
                code="private_address",
            ) from error
        except HostUnknown as error:
            raise ConfigProblem(
                f"There is no host named {error} for {self.system}. Check the address for typing mistakes.",
                code="unknown_host",
            ) from error
        except requests.exceptions.SSLError as error:
            raise ConfigProblem(
                f"{self.system} offers no certificate we can trust. "
                "Install a valid one, or ask the operator to add your authority.",
                detail=str(error),
                code="tls",
            ) from error
        except (requests.exceptions.ConnectTimeout, requests.exceptions.InvalidURL) as error:
            raise RetryLater(
                f"{self.system} could not be reached; we try again.", detail=str(error), code="unreachable"
            ) from error
        except requests.exceptions.ConnectionError as error:
            if _was_never_sent(error):
                raise RetryLater(
                    f"{self.system} refused the connection; we try again.", detail=str(error), code="refused"
                ) from error
            raise unanswered(
                f"{self.system} broke the connection before it answered.", detail=str(error)
            ) from error
        except requests.exceptions.RequestException as error:
            raise unanswered(f"{self.system} did not answer in time.", detail=str(error)) from error
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content, url)

    def _body(self, response: requests.Response, start: float, *, writes: bool) -> bytes:
        """The body, within its limits of size (after decompression) and time."""
        too_large = OutcomeUnknown if writes else ConfigProblem
        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(256 * 1024):
            size += len(part)
            if size > self.max_bytes:
                raise too_large(
                    f"{self.system} sent an answer of more than {self.max_bytes // 2**20} MB. "
                    "Lower the page size of the connection.",
                    code="too_large",
                )
            if time.perf_counter() - start > self.seconds:
                raise requests.exceptions.ReadTimeout("the whole answer took too long")
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            # At some vendors a kept cookie turns bearer calls into browser sessions.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.mount("http://", _GuardedAdapter(self.policy))
            session.mount("https://", _GuardedAdapter(self.policy))
            if self.policy.ca_file:
                session.verify = self.policy.ca_file
            self._threads.session = session
        return session

    def _refuse_plain_http(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme == "https":
            return
        try:
            allowed = (
                parts.scheme == "http"
                and bool(parts.hostname)
                and self.policy.permits_plain_http(str(parts.hostname))
            )
        except HostUnknown:
            allowed = True  # the connection attempt will say so in its own words
        if not allowed:
            raise ConfigProblem(f"The address of {self.system} must begin with https://.", code="plain_http")

    def _within_origin(self, link: str) -> str:
        base, target = urlsplit(self.base_url), urlsplit(link)
        if target.scheme or target.netloc:
            if (target.scheme, target.netloc) != (base.scheme, base.netloc):
                raise ConfigProblem(
                    f"{self.system} pointed us to another host for its next page; "
                    "we do not follow it there with your credentials.",
                    detail=link[:200],
                    code="foreign_link",
                )
            return link
        if link.startswith("/"):
            return f"{base.scheme}://{base.netloc}{link}"
        return f"{self.base_url.rstrip('/')}/{link}"


class _GuardedAdapter(HTTPAdapter):
    """An adapter whose connections obey the network policy; never retries by itself."""

    def __init__(self, policy: NetworkPolicy) -> None:
        self._policy = policy
        super().__init__(pool_connections=2, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = guarded_pools(self._policy)


def _backoff(attempt: int) -> float:
    """Exponential with full jitter: 0 to 0.5, 1, 2 ... seconds."""
    return random.uniform(0, 0.25 * 2**attempt)  # noqa: S311  jitter needs no cryptography


def _was_never_sent(error: BaseException) -> bool:
    """Whether the connection was never established, so that nothing can have been done."""
    text = f"{type(getattr(error, 'args', [None])[0]).__name__} {error!r}"
    return "NewConnectionError" in text or "ConnectTimeoutError" in text
