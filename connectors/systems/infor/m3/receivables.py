"""AR transactions of M3: a journal through the generic interface (GLS840MI), one batch for each order.

Four calls make it: head, lines, control, update. The key of the batch and the numbers of its lines are ours,
so a batch that was begun and left behind is gone on with, never begun twice; and the invoice number is ours,
so what was posted is found in the ledger (ARS200MI), whatever became of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from hashlib import blake2b

from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Account
from connectors.systems.infor.errors import EXISTS
from connectors.systems.infor.m3.client import M3Client, Transaction
from connectors.systems.infor.options import ReceivableOptions, positions, receivable_options
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.values import number
from connectors.systems.infor.writer import Posted, Posting, Receivables

PROGRAM, LEDGER = "GLS840MI", "ARS200MI"


class M3Receivables(Receivables):
    """GLS840MI to post, ARS200MI to look up."""

    reference_length = 15

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        self.options = receivable_options(account)
        self.client = M3Client(account)

    def find(self, customer: str, reference: str) -> Posted | None:
        """See `Receivables.find`. The list names no amounts; the one that is ours is asked for its own."""
        columns = ("CINO", "INYR", "PYNO")
        rows = self.client.read(LEDGER, Transaction("LstInvoices", {"CUNO": customer}, columns))
        ours = next((row for row in rows if row.get("CINO") == reference), None)
        if ours is None:
            return None
        key = {name: ours.get(name, "") for name in columns} | {"CUNO": customer}
        found = self.client.read(LEDGER, Transaction("GetInvTotInfo", key, ("CUAM", "CUCD")))
        amount = found[0] if found else {}
        return Posted(f"{customer}/{reference}", number(amount.get("CUAM")), amount.get("CUCD", ""))

    def post(self, posting: Posting) -> str:
        """See `Receivables.post`."""
        lines = journal_lines(posting, self.options)
        key = batch_key(posting.reference, lines)
        batch = self._batch(key)
        try:
            interface = {"INTN": self.options.ar_interface, "DESC": posting.text[:40]}
            self._unless_there(
                lambda: self.client.write(PROGRAM, Transaction("AddBatchHead", batch | interface))
            )
            for place, line in enumerate(lines, 1):
                record = batch | {"LINE": str(place), "PARM": line}
                self._unless_there(lambda record=record: self._add_line(record))  # type: ignore[misc]
            self.client.write(PROGRAM, Transaction("CtrlBatch", batch))
            self.client.write(PROGRAM, Transaction("UpdBatch", batch))
        except RecordRejected:
            # A batch left behind may have been updated after all, just after we looked.
            if found := self.find(posting.customer, posting.reference):
                return found.id
            raise
        return f"{posting.customer}/{posting.reference}"

    def _batch(self, key: str) -> dict[str, str]:
        batch = {"CONO": self.settings.company, "KEY1": key}
        return batch | {"DIVI": self.settings.division} if self.settings.division else batch

    def _add_line(self, record: dict[str, str]) -> object:
        return self.client.write(PROGRAM, Transaction("AddBatchLine", record))

    @staticmethod
    def _unless_there(work: Callable[[], object]) -> None:
        try:
            work()
        except RecordRejected as fault:
            if fault.code != EXISTS:
                raise


def batch_key(reference: str, lines: list[str]) -> str:
    """The key of a batch: of what it says, so that one left behind is gone on with only if it says that."""
    digest = blake2b("\n".join(lines).encode(), digest_size=5).hexdigest()
    return f"{reference}-{digest}"


def journal_lines(posting: Posting, options: ReceivableOptions) -> list[str]:
    """The lines of a journal: the customer's, and, if the settings name the accounts, those against it."""
    lines = [_line(posting, options, posting.total, options.ar_receivable_account, posting.customer)]
    if options.ar_revenue_account:
        tax = posting.tax if options.ar_tax_account else Decimal(0)
        lines.append(_line(posting, options, tax - posting.total, options.ar_revenue_account))
        if tax:
            lines.append(_line(posting, options, -tax, options.ar_tax_account))
    return lines


def _line(
    posting: Posting, options: ReceivableOptions, amount: Decimal, account: str, customer: str = ""
) -> str:
    """One line, each value in its place. Raises `RecordRejected` for one that does not fit."""
    values = {
        **options.ar_constants,
        "CUNO": customer,
        "CINO": posting.reference,
        "INYR": f"{posting.on.year}",
        "IVDT": f"{posting.on:%Y%m%d}",
        "DUDT": f"{posting.due:%Y%m%d}",
        "CUCD": posting.currency,
        "CUAM": f"{amount:f}",
        "AIT1": account,
    }
    places = positions(options.ar_line_layout)
    line = [" "] * max(last for _, last in places.values())
    for name, (first, last) in places.items():
        room = last - first + 1
        value = posting.text[:room] if name == "VTXT" else values.get(name, "")
        if len(value) > room:
            raise RecordRejected(
                f"{name} ({value}) does not fit into the {room} positions the layout gives it. Correct the "
                "layout in the options.",
                code="too_long",
            )
        line[first - 1 : last] = value.ljust(room)
    return "".join(line).rstrip()
