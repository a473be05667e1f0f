"""The tables of a company through e.net: one session per operator, held for as long as one piece of reading.

A second log-on of the same operator ends the first session, so the session is opened under the account's own
lock, its calls follow one another, and it is logged off whatever happens: one left open keeps a licence.
Where its holder is killed, whoever comes next logs it off first, by whichever connection to that operator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from urllib.parse import quote

import structlog

from connectors.sdk.auth import Token
from connectors.sdk.calls import Answer
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, ReconnectNeeded, RetryLater, SystemFault
from connectors.sdk.http import HttpClient
from connectors.sdk.system import Account
from connectors.systems.syspro.documents import decoded, query_document, rows_in, session_in
from connectors.systems.syspro.errors import (
    ENET_RULES,
    SESSION_GONE,
    discreet,
    is_error,
    log_on_fault,
    query_fault,
    unanswered,
)
from connectors.systems.syspro.question import MOST_VALUES, Json, Question, Term, Through
from connectors.systems.syspro.settings import credentials_of, settings_of

log = structlog.get_logger(__name__)

FINDER = "COMFND"
CHOICE = "enet_either"
"""The finding that COMFND understands alternatives: no source shows it, so ping has to."""
_ANY = {"Accept": "*/*"}
UNSENT = "budget"
"""The code of a fault that kept a call from being made at all."""
REMEMBERED_SECONDS = 86400.0
"""How long a session is remembered that nobody has logged off."""


class EnetTables:
    """One session as `Tables`; made by `enet_session`."""

    def __init__(self, account: Account) -> None:
        self._settings, self._credentials = settings_of(account), credentials_of(account)
        if not self._settings.enet_url:
            raise ConfigProblem("Enter the e.net address of the connection.", code="no_enet_url")
        if not self._credentials.operator:
            raise ConfigProblem(
                "Enter the e.net operator and its password in the connection.", code="no_operator"
            )
        self._http = enet_http(account)
        self._can_choose = bool(account.findings.get(CHOICE))
        self._shared = account.shared
        # A session is only ever told to the service it is of.
        self._place = blake2b(self._settings.enet_url.encode(), digest_size=8).hexdigest()
        self._session = ""

    @property
    def through(self) -> Through:
        """See `Tables.through`."""
        return "enet"

    def rows(self, question: Question) -> list[Json]:
        """See `Tables.rows`. An expired session is renewed once."""
        if (length := self.length(question)) > self._settings.max_url:
            raise ConfigProblem(
                f"A question to {question.table} makes an address of {length:,} characters, longer than the "
                "connection allows. Raise its longest address, or name fewer columns.",
                code="too_long",
            )
        document = query_document(question)
        try:
            return self._rows(document, question)
        except ReconnectNeeded as fault:
            if fault.code != SESSION_GONE:
                raise
        self._session = ""
        self.log_on()
        try:
            return self._rows(document, question)
        except ReconnectNeeded as fault:
            if fault.code != SESSION_GONE:
                raise
            session, self._session = self._session, ""
            self._forget(session)
            raise RetryLater(
                f"Somebody else logs on as operator {self._credentials.operator} and so ends our session. "
                "Use an operator for this connection alone. We try again later.",
                after=300,
                detail=fault.detail,
                code="session_taken",
            ) from fault

    def fitting(self, question: Question, values: Sequence[Term]) -> Iterator[Sequence[Term]]:
        """See `Tables.fitting`."""
        most = MOST_VALUES if self._can_choose else 1
        start = 0
        for index in range(1, len(values)):
            if index - start >= most or not self._fits(question, values[start : index + 1]):
                yield values[start:index]
                start = index
        if values:
            yield values[start:]

    def log_on(self) -> None:
        """Open the session. Raises `ReconnectNeeded` where SYSPRO refuses, and that is final."""
        known = self._credentials
        # All four have to be there, even when they are empty.
        query = [
            ("Operator", known.operator),
            ("OperatorPassword", known.operator_password.get_secret_value()),
            ("CompanyId", self._settings.company),
            ("CompanyPassword", known.company_password.get_secret_value()),
        ]
        # A log-on without an answer is repeated: it replaces the session the first one may have opened.
        said = self._said(self._call("/Logon", query, writes=False))
        if is_error(said):
            raise discreet(log_on_fault(said))
        self._session = session_in(said)
        if self._shared:
            self._shared.put(Token(f"{self._place} {self._session}", REMEMBERED_SECONDS), REMEMBERED_SECONDS)

    def log_off(self) -> None:
        """Close the session; one that cannot be closed is replaced by the next log-on."""
        if not self._session:
            return
        session, self._session = self._session, ""
        try:
            self._close(session)
        except SystemFault as fault:
            log.warning("syspro_log_off_failed", said=fault.code)

    def close_left(self) -> None:
        """Close the session of a holder who was killed, if there is one.

        As long as the killed call holds its place in the budget SYSPRO may be at work on it: that is awaited.
        """
        left = self._shared.current() if self._shared else None
        place, _, session = (left or "").partition(" ")
        if not session or place != self._place:
            return
        log.info("syspro_session_left")
        try:
            self._close(session)
        except SystemFault as fault:
            if fault.code == UNSENT:
                raise
            log.warning("syspro_log_off_failed", said=fault.code)
            self._forget(session)

    def _close(self, session: str) -> None:
        said = self._said(self._call("/Logoff", [("UserId", session)]))
        if said != "0":
            log.warning("syspro_log_off_failed", said=said[:100])
        self._forget(session)

    def _forget(self, session: str) -> None:
        if self._shared:
            self._shared.drop(f"{self._place} {session}")

    def _rows(self, document: str, question: Question) -> list[Json]:
        query = [("UserId", self._session), ("BusinessObject", FINDER), ("XmlIn", document)]
        said = self._said(self._call("/Query/Query", query))
        if is_error(said):
            raise discreet(query_fault(said))
        return rows_in(said, question)

    def _call(self, path: str, query: Sequence[tuple[str, str]], *, writes: bool = True) -> Answer:
        """One call. As a write: one without an answer must not be sent again while it may be at work."""
        try:
            return self._http.call("GET", path, query=query, headers=_ANY, writes=writes)
        except OutcomeUnknown as fault:
            raise discreet(unanswered(fault)) from None
        except SystemFault as fault:
            # What caused it quotes the whole address.
            raise discreet(fault) from None

    def _said(self, answer: Answer) -> str:
        return self._http.redactor.text(decoded(answer))

    def _fits(self, question: Question, values: Sequence[Term]) -> bool:
        return self.length(question, values) <= self._settings.max_url

    def length(self, question: Question, values: Sequence[Term] = ()) -> int:
        """How long the address of this question would be."""
        document = query_document(question, values)
        return len(self._settings.enet_url) + len(quote(document, safe="")) + len(self._session) + 80


@contextmanager
def enet_session(account: Account) -> Iterator[EnetTables]:
    """A session of our own for as long as the block: nobody else's at the same time, and none left behind."""
    tables = EnetTables(account)
    with account.alone():
        tables.close_left()
        try:
            tables.log_on()
            yield tables
        finally:
            tables.log_off()


def version(account: Account) -> str:
    """What the service calls its version; it says so to anybody."""
    try:
        return decoded(enet_http(account).get("/GetVersion", headers=_ANY))[:100]
    except SystemFault as fault:
        raise discreet(fault) from None


def enet_http(account: Account) -> HttpClient:
    """Calls to the service, without a session."""
    return account.connect(base_url=settings_of(account).enet_url, rules=ENET_RULES)
