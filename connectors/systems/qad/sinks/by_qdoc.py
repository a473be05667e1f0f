"""Sales orders through QXtend Inbound: one QDoc, header and lines in one transaction."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from uuid import uuid4

from connectors.sdk.classify import Rule
from connectors.sdk.errors import (
    ConfigProblem,
    OutcomeUnknown,
    ReconnectNeeded,
    RecordRejected,
)
from connectors.sdk.http import HttpClient
from connectors.sdk.system import Account
from connectors.systems.qad import qdoc
from connectors.systems.qad.errors import REFUSED
from connectors.systems.qad.options import SalesOrderOptions
from connectors.systems.qad.qdoc import Element, Reply
from connectors.systems.qad.settings import QadSettings, credentials_of
from connectors.systems.qad.sinks.wanted import WantedLine, WantedOrder
from connectors.systems.qad.submitted import LOCKED

TIMEOUT_SECONDS = 50
"""QXtend gives up before we do, so that most failures are told rather than guessed."""
_LOG_IN = re.compile(
    r"user.{0,30}passw|passw.{0,30}(invalid|incorrect|expired)|log-?in (failed|denied)", re.IGNORECASE
)
_SET_UP = frozenset({"To", "Receiver", "version", "domain", "entity"})
_LOCKED = re.compile(r"in use by|locked by|record in use", re.IGNORECASE)

RULES: tuple[Rule, ...] = (
    Rule(
        (404, 405),
        ConfigProblem,
        "There is no QXtend at this address. Check it: it ends in /qxi/services/QdocWebService.",
        name="no_qxtend",
    ),
    Rule(
        (401, 403),
        ReconnectNeeded,
        "QXtend does not let us in: {words} Check the QXtend user of the connection.",
        name=REFUSED,
    ),
    Rule(
        (500,),
        OutcomeUnknown,
        "QXtend failed with: {words} We look up what came of it.",
        name=OutcomeUnknown.ANSWERED,
    ),
)


class QdocOrders:
    """Creates and notes on sales orders by QDocs."""

    def __init__(self, account: Account, settings: QadSettings, options: SalesOrderOptions) -> None:
        self._settings, self._options, self._credentials = settings, options, credentials_of(account)
        parts = urlsplit(settings.qxtend_url)
        self._path = parts.path
        self._http: HttpClient = account.connect(
            base_url=f"{parts.scheme}://{parts.netloc}", rules=RULES, words_of=qdoc.soap_words
        )

    def create(self, customer: str, wanted: WantedOrder) -> str:
        """Add an order; returns its number, empty where QXtend does not tell it.

        QXtend may say success of what it has only queued: whoever calls has to look for it.
        """
        options = self._options
        values = {
            "soCust": customer,
            "soOrdDate": wanted.ordered_on,
            "soDueDate": wanted.ordered_on,
            "soPo": wanted.reference,
            "soCrTerms": options.order_credit_terms,
            "soCurr": wanted.currency,
            "soSite": options.order_site,
            **{name: str(value) for name, value in wanted.fields.items()},
        }
        header = [Element("operation", "A"), *_filled(values)]
        lines = [self._line(number, line) for number, line in enumerate(wanted.lines, start=1)]
        return self._sent([*header, *lines]).values.get("soNbr", "")

    def note(self, order: str, wanted: WantedOrder) -> bool:
        """Change fields of an order. QXtend does not tell what stands there, so all are sent."""
        if not wanted.fields:
            return False
        values = _filled({name: str(value) for name, value in wanted.fields.items()})
        self._sent([Element("operation", "M"), Element("soNbr", order), *values])
        return True

    def describe(self) -> None:
        """Ask for the description of the service. Raises a `SystemFault` where there is none."""
        answer = self._http.get(f"{self._path}?wsdl", headers={"Accept": "text/xml"})
        if b"definitions" not in answer.body:
            raise ConfigProblem(
                "What answers at the QXtend address is no web service. It ends in "
                "/qxi/services/QdocWebService.",
                code="no_qxtend",
            )

    def _line(self, number: int, line: WantedLine) -> Element:
        values = {
            "sodLine": str(number),
            "sodPart": line.item,
            "sodSite": self._options.order_site,
            "sodQtyOrd": f"{line.quantity:f}",
            "sodListPr": f"{line.price:f}",
            "sodPrice": f"{line.price:f}",
        }
        return Element(self._settings.qxtend_line, [Element("operation", "A"), *_filled(values)])

    def _sent(self, record: list[Element]) -> Reply:
        settings = self._settings
        body = qdoc.message(
            settings, self._context(), settings.qxtend_operation, [Element(settings.qxtend_header, record)]
        )
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "Accept": "text/xml"}
        answer = self._http.call("POST", self._path, content=body, headers=headers)
        reply = qdoc.reply(answer.body)
        if reply is None:
            raise OutcomeUnknown(
                "QXtend answered with something we cannot read; we look up what came of it.",
                detail=repr(answer.body[:300]),
                code=OutcomeUnknown.ANSWERED,
            )
        if reply.is_refused:
            raise _refusal(reply)
        return reply

    def _context(self) -> dict[str, str]:
        credentials, settings = self._credentials, self._settings
        own = bool(credentials.qxtend_username)
        password = credentials.qxtend_password if own else credentials.password
        told = {
            "MessageID": f"urn:uuid:{uuid4()}",
            "suppressResponseDetail": "false",
            "domain": settings.domain,
            "entity": settings.entity,
            "scopeTransaction": "true",
            "decimalSeparator": ".",
            "mnemonicsRaw": "false",
            "timeoutLimit": str(TIMEOUT_SECONDS),
            "username": credentials.qxtend_username or credentials.username,
            "password": password.get_secret_value(),
        }
        return {name: value for name, value in told.items() if value}


def _refusal(reply: Reply) -> Exception:
    """What a refused QDoc means. It is one transaction, so nothing of it was done."""
    said = reply.words or "It gave no reason."
    contexts = {one.context for one in reply.messages if one.severity == qdoc.ERROR}
    if _LOG_IN.search(said) or contexts & {"username", "password"}:
        return ReconnectNeeded(
            f"QXtend did not accept the user: {said} We tried once and stopped, because QAD disables a user "
            "after a few failures. Check the QXtend user of the connection, then ping again.",
            code=REFUSED,
        )
    if contexts & _SET_UP:
        return ConfigProblem(
            f"QXtend does not take our QDoc: {said} Check receiver and version in the connection's settings.",
            code="qdoc",
        )
    if _LOCKED.search(said):
        return RecordRejected(f"QXtend did not accept this: {said}", code=LOCKED)
    return RecordRejected(f"QXtend did not accept this: {said}", detail=said, code="refused")


def _filled(values: dict[str, str]) -> list[Element]:
    return [Element(name, value) for name, value in values.items() if value]
