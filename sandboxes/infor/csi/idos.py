"""The IDOs: their properties, types and sizes. Public sources name few; the rest is SyteLine convention."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

PropertyType = Literal["String", "Number", "Date"]
WIDTH = 7  # of CustNum and VendNum: numbers are padded with blanks on the left
READ_ONLY = frozenset({"RecordDate", "CreateDate", "RowPointer"})
_STAMPS = "RecordDate:D CreateDate:D RowPointer:36"


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    kind: PropertyType
    length: int
    required: bool

    @property
    def read_only(self) -> bool:
        return self.name in READ_ONLY


@dataclass(frozen=True)
class Ido:
    """`spec` names properties with their length, `N` for a number, `D` for a date, `*` for a must."""

    name: str
    table: str
    alias: str
    keys: tuple[str, ...]
    spec: str
    collection: str  # how state and journal call its rows

    @cached_property
    def properties(self) -> dict[str, Property]:
        return {one.name: one for one in map(_property, f"{self.spec} {_STAMPS}".split())}


def _property(text: str) -> Property:
    name, _, size = text.partition(":")
    required, size = size.endswith("*"), size.rstrip("*")
    match size:
        case "N":
            return Property(name, "Number", 0, required)
        case "D":
            return Property(name, "Date", 0, required)
        case _:
            return Property(name, "String", int(size), required)


_CONTACT = (
    "Addr_1:50 Addr_2:50 Addr_3:50 Addr_4:50 City:30 State:5 Zip:10 Country:30 Phone_1:25 Contact_1:30"
    " ExternalEmailAddr:60 CurrCode:3 TermsCode:3 TaxRegNum1:25"
)
IDOS = {
    ido.name: ido
    for ido in (
        Ido(
            "SLCustomers", "customer", "cus", ("CustNum", "CustSeq"),
            f"CustNum:7* CustSeq:N* Name:60* {_CONTACT} InternalEmailAddr:60 CustType:6 Slsman:8"
            " CreditHold:N CreditHoldReason:3 CreditLimit:N PostedBal:N OrderBal:N LastInv:D CorpCust:7"
            " Stat:1 Uf_MarketingId:64 Uf_MarketingStatus:20",
            "csi_customers",
        ),
        Ido(
            "SLVendors", "vendor", "ven", ("VendNum",),
            f"VendNum:7* Name:60* {_CONTACT} Stat:1 Category:6", "csi_vendors",
        ),
        Ido(
            "SLArInvs", "arinv", "ari", ("CustNum", "InvNum", "InvSeq"),
            "CustNum:7* InvNum:12* InvSeq:N* Type:1* InvDate:D* DueDate:D Amount:N* MiscCharges:N"
            " SalesTax:N Freight:N CurrCode:3 ExchRate:N CoNum:10 CustPo:22 Description:40 Ref:30 Acct:12"
            " TermsCode:3",
            "csi_ar_invoices",
        ),
        Ido(
            "SLArpmts", "arpmt", "arp", ("CustNum", "Type", "CheckNum"),
            "CustNum:7* Type:1* CheckNum:N* RecptDate:D* DomCheckAmt:N* BankCode:3 CurrCode:3"
            " Description:40 Ref:30",
            "csi_ar_payments",
        ),
    )
}  # fmt: skip
