"""Trying the real thing, cheapest first: from the address to which columns tell of changes.

What streams and sinks rely on: `client_id`, `session_minutes`, `idle_minutes`, `date_format`, `ordered`
(browses that can be read by key), and of each kind of record its count, `..._columns` and `..._change`;
`email_column`, `order_lines`, `reference_field`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, SystemFault
from connectors.sdk.system import Account, Check, Outcome
from connectors.systems.qad.checks import Found, Trouble, tried
from connectors.systems.qad.client import Filter, QadClient
from connectors.systems.qad.errors import FORBIDDEN, REFUSED, RULES, words_of
from connectors.systems.qad.login import client_id_of, read_control, session_of
from connectors.systems.qad.options import SalesOrderOptions
from connectors.systems.qad.ping_records import RecordChecks
from connectors.systems.qad.places import BASIC, COOKIE
from connectors.systems.qad.session import SharedSession
from connectors.systems.qad.settings import settings_of
from connectors.systems.qad.sinks.by_qdoc import QdocOrders
from connectors.systems.qad.values import text
from connectors.systems.qad.writing import QXTEND

REACHED = frozenset({REFUSED, FORBIDDEN, "refused", "no_rows", "html"})
REFERENCE_FIELDS = (
    "purchaseOrder", "purchaseOrderNumber", "customerPurchaseOrder", "customerPurchaseOrderNumber",
    "customerPO", "poNumber", "soPo",
)  # fmt: skip


class Ping:
    """One ping of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = settings_of(account)
        self.client_id = client_id_of(account)
        self._session: SharedSession | None = None
        self._client: QadClient | None = None

    def checks(self) -> Iterator[Check]:
        """The checks as they are done. Stops where going on makes no sense."""
        for name, step in (
            ("Address", self.address),
            ("Client id", self.find_client_id),
            ("Log-in", self.log_in),
            ("Workspace", self.workspace),
        ):
            check = tried(name, step)
            if check.text:
                yield check
            if check.outcome is Outcome.FAILED:
                return
        for name, step, needed in self._steps():
            yield tried(name, step, needed=needed)

    def _steps(self) -> Iterator[tuple[str, Callable[[], Found], bool]]:
        records = self.records
        yield "Session", self.clocks, False
        yield "Customers", records.customers, True
        yield "E-mail addresses", records.emails, True
        yield "Items", records.items, True
        yield "Orders", records.orders, True
        yield "Order lines", records.lines, True
        # Also where no orders are written: a ping is of a connection, and knows no integration's options.
        yield "Purchase order", self.reference, False
        if self.settings.write_via == QXTEND:
            yield "QXtend", self.qxtend, False

    @property
    def session(self) -> SharedSession:
        """The session, once the client id is known."""
        if self._session is None:
            self._session = session_of(self.account, client_id=self.client_id)
        return self._session

    @property
    def client(self) -> QadClient:
        """The API, once logged in."""
        if self._client is None:
            self._client = QadClient(self.account, self.session)
        return self._client

    @cached_property
    def records(self) -> RecordChecks:
        """The steps that look at browses."""
        return RecordChecks(self.account, self.client)

    # -- getting in ------------------------------------------------------------------------------------------

    def address(self) -> Found:
        """Whether a QAD answers here. We ask without a log-in, so being turned away is a good sign."""
        probe = self.account.connect(base_url=self.settings.base_url, rules=RULES, words_of=words_of)
        try:
            probe.get("/api/qracore/browses")
        except SystemFault as fault:
            is_log_in_page = fault.code == "redirect" and self.settings.session_kind == COOKIE
            if fault.code not in REACHED and not is_log_in_page:
                raise
        return f"{self.settings.base_url} answers.", {}

    def find_client_id(self) -> Found:
        """The client id, read with Basic where nobody entered it."""
        if self.settings.session_kind in {BASIC, COOKIE} or self.settings.client_id:
            return "", {}
        try:
            control = read_control(self.account)
        except ReconnectNeeded as fault:
            if fault.code == REFUSED:
                self.session.refuse(fault.text)
            raise
        except SystemFault as fault:
            raise ConfigProblem(
                f"The client id cannot be read: {fault.text} Enter the one of the screen Client IDs.",
                detail=fault.detail,
                code="no_client_id",
            ) from fault
        if not control.client_id:
            raise ConfigProblem(
                "QAD tells no client id. Enter the one of the screen Client IDs.", code="no_client_id"
            )
        self.client_id, self._session = control.client_id, None
        return "Read from the security control.", {"client_id": control.client_id}

    def log_in(self) -> Found:
        """A new session, whatever is kept: somebody may have unlocked the user."""
        grant = self.session.begin_anew()
        if self.settings.session_kind == BASIC:
            return "User and password are accepted; they go with every call.", {}
        minutes = max(1, round(grant.lives / 60))
        return f"Logged in as a user whose session is used for {minutes} minutes.", {}

    def clocks(self) -> Found:
        """How long a session lives and may rest, from the security control."""
        if self.settings.session_kind == BASIC:
            return "There is none with Basic.", {}
        try:
            control = read_control(self.account)
        except SystemFault as fault:
            raise Trouble(
                "The security control cannot be read, so we log in anew after ten idle minutes. "
                f"{fault.text}",
                "If QAD ends idle sessions earlier, enter the idle time in the settings.",
            ) from fault
        lives, rests = control.session_minutes, control.idle_minutes
        untold = "an untold number of"
        return f"Lives {lives or untold} minutes, ends after {rests or untold} idle ones.", {
            "session_minutes": lives,
            "idle_minutes": rests,
        }

    def workspace(self) -> Found:
        """Whether the user may work in the domain and entity of the settings."""
        settings = self.settings
        wanted = settings.workspace_id
        if not settings.domains_browse:
            return f"{wanted}; domains are not looked up.", {}
        try:
            rows = self.client.browse(
                settings.domains_browse,
                size=200,
                filters=[Filter("domainV3.domainContext", "eq", settings.domain)],
            )
        except ReconnectNeeded as fault:
            if fault.code != FORBIDDEN:
                raise
            raise ConfigProblem(
                f"QAD does not let the user work in {wanted}: {fault.detail} Check domain and entity, and "
                "the "
                "user's access to them.",
                detail=fault.detail,
                code=FORBIDDEN,
            ) from fault
        except ConfigProblem as fault:
            raise Trouble(
                f"Calls run in {wanted}; the domains the user may use cannot be listed. {fault.text}",
                "Check that domain and entity are right: a wrong one shows another company's data.",
            ) from fault
        entities = sorted({text(row.get("domainV3.entityContext")) for row in rows} - {""})
        if not entities:
            raise ConfigProblem(
                f"There is no domain {settings.domain}, or the user may not use it. Check its code and the "
                "user's access.",
                code="no_domain",
            )
        if settings.entity and settings.entity not in entities:
            raise ConfigProblem(
                f"Domain {settings.domain} has no entity {settings.entity} the user may use; it has "
                f"{', '.join(entities)}. Correct the entity.",
                code="no_entity",
            )
        return f"Calls run in {wanted}.", {"entities": entities}

    # -- writing ---------------------------------------------------------------------------------------------

    def reference(self) -> Found:
        """Where our reference stands in an order, to be read and to be written."""
        settings = self.settings
        shown = self.records.orders_seen
        column = settings.order["reference"]
        if shown is not None and shown.rows and column not in shown.shown:
            raise Trouble(
                f"{settings.orders_browse} does not show {column or 'the purchase order'}: no orders can be "
                "written.",
                "Add so_mstr.so_po to the browse: by it we tell whether an order was made already.",
            )
        if settings.write_via == QXTEND:
            return f"Looked up in {column}.", {}
        fields = self.client.fields_of(settings.order_view)
        own = settings.reference_field
        if own and fields and own not in fields:
            raise Trouble(
                f"Orders have no field {own}: none can be written.", "Name another one in the settings."
            )
        found = own or next((name for name in REFERENCE_FIELDS if name in fields), "")
        if not found:
            raise Trouble(
                "No field of an order looks like the customer's purchase order: no orders can be written.",
                "Name the field in the settings.",
            )
        return f"Written to {found}, looked up in {column}.", {"reference_field": found}

    def qxtend(self) -> Found:
        """Whether QXtend is there; what it takes is only known once it gets a QDoc."""
        options = self.account.options
        QdocOrders(
            self.account,
            self.settings,
            options if isinstance(options, SalesOrderOptions) else SalesOrderOptions(),
        ).describe()
        return f"{self.settings.qxtend_url} answers.", {}
