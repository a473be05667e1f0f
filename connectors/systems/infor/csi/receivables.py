"""AR transactions of CloudSuite Industrial: an invoice of our own number, found again by it."""

from __future__ import annotations

from connectors.sdk.system import Account
from connectors.systems.infor.csi.client import CsiClient
from connectors.systems.infor.csi.values import all_of, compared, padded
from connectors.systems.infor.options import receivable_options
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.values import number, text
from connectors.systems.infor.writer import Posted, Posting, Receivables

_AMOUNTS = ("Amount", "SalesTax", "Freight")
_INVOICE = "I"


class CsiReceivables(Receivables):
    """The IDO the options name."""

    reference_length = 12

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        self.options = receivable_options(account)
        self.client = CsiClient(account)

    def find(self, customer: str, reference: str) -> Posted | None:
        """See `Receivables.find`."""
        where = all_of(
            compared("CustNum", "=", padded(customer, self.settings.csi_key_width)),
            compared("InvNum", "=", reference),
        )
        wanted = ("InvNum", "CurrCode", *_AMOUNTS)
        items = self.client.load(self.options.csi_ar_ido, wanted, where=where, most=1).items
        if not items:
            return None
        total = sum((number(items[0].get(name)) for name in _AMOUNTS), number(0))
        return Posted(f"{customer}/{reference}", total, text(items[0].get("CurrCode")))

    def post(self, posting: Posting) -> str:
        """See `Receivables.post`. The amount of an invoice there is without tax and freight."""
        self.client.insert(
            self.options.csi_ar_ido,
            {
                "CustNum": padded(posting.customer, self.settings.csi_key_width),
                "InvNum": posting.reference,
                "InvSeq": "0",
                "Type": _INVOICE,
                "InvDate": f"{posting.on:%Y%m%d} 00:00:00.000",
                "DueDate": f"{posting.due:%Y%m%d} 00:00:00.000",
                "Amount": f"{posting.total - posting.tax - posting.shipping:f}",
                "SalesTax": f"{posting.tax:f}",
                "Freight": f"{posting.shipping:f}",
                "CurrCode": posting.currency,
                "CustPo": posting.order[:22],
                "Description": posting.text[:40],
            },
        )
        return f"{posting.customer}/{posting.reference}"
