"""Every way in which one SYSPRO site may differ from another.

Where no public source settles a point, the default is the stricter of the likely readings and the comment
says `unconfirmed`: a client must cope with the other values too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody with a password. `odata` lets him into the OData service, `enet` into e.net."""

    name: str
    password: str
    enet: bool = False
    odata: bool = False


OPERATORS = (
    Operator(name="MLCONN", password="enet-sandbox-password", enet=True),  # noqa: S106 - pretend ones
    Operator(name="MLODATA", password="odata-sandbox-password", odata=True),  # noqa: S106
    Operator(name="JSMITH", password="a-person", enet=True),  # noqa: S106
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Immutable: a test makes its own with `dataclasses.replace` or keywords."""

    # Data: the same figures and seed give the same world.
    customers: int = 500
    orders: int = 100
    items: int = 120
    seed: int = 1
    built_at: datetime = datetime(2026, 6, 30, 12, 0, 0, tzinfo=UTC)  # nothing in the world is younger
    key_width: int = 7  # numeric customer codes are padded with zeros to this; 15 on younger sites
    custom_fields: tuple[str, ...] = ("Newsletter", "Segment")  # of `ArCustomer+`

    # Who may do what.
    companies: tuple[str, ...] = ("EDU1", "EDU2")  # all data is in the first; the others hold a little
    company_password: str = ""
    operators: tuple[Operator, ...] = OPERATORS
    lock_after: int = 5  # wrong passwords in a row, on either service; 0: never. unconfirmed

    # e.net.
    enet_root: str = "/SYSPROWCFService/Rest"  # in any case
    guid_form: Literal["bare", "json", "xml"] = "json"
    guid_tail: str = ""  # what some services append to the 32 digits
    idle_timeout: float = 900.0  # seconds; unconfirmed
    purge_after: float = 14_400.0  # seconds an abandoned session goes on holding its seat; unconfirmed
    seats: int = 5  # e.net licences
    second_logon: Literal["kill", "refuse"] = "kill"  # documented is that it kills the first
    overlap: Literal["refuse", "block"] = "refuse"  # of two calls at once on one session, the second
    call_seconds: float = 0.0  # real seconds each e.net call takes, so that overlaps can happen
    max_url: int = 8192  # bytes of path and query, on both services
    long_url_status: Literal[414, 404] = 414
    xml_in: Literal["declared", "utf-8"] = "declared"  # how the bytes of XmlIn are read; unconfirmed
    lower_case: frozenset[str] = frozenset({"ARSSCS"})  # business objects that answer in lower-case elements
    unlicensed: frozenset[str] = frozenset()  # business objects in an area without a licence
    hidden_fields: frozenset[str] = frozenset()  # columns the operator's security leaves out of the XML
    comfnd_rows: int = 10  # without a ReturnRows; unconfirmed
    duplicate_po: Literal["warn", "refuse", "allow"] = "warn"  # a customer's order number used again
    name_order: bool = False  # a clean SORTOI answer names the new order; live sites do not

    # OData.
    odata_root: str = "/SYSPRO8Odata/SYSPROOData"
    row_cap: int = 5000  # rows in one answer
    over_cap: Literal["clip", "refuse"] = "clip"  # a larger $top; unconfirmed
    next_links: bool = False  # no source shows one
    date_kind: Literal["moment", "date"] = (
        "moment"  # Edm.DateTimeOffset, as a SQL datetime becomes. unconfirmed
    )
    unknown_column: Literal["refuse", "ignore"] = "refuse"  # in $filter; "ignore" drops the whole filter
    change_view: str = ""  # a tenant's own view of ArCustomer with the two columns below; absent by default
    change_number: str = "ChangeNumber"  # the rowversion as a whole number
    change_moment: str = "ChangedAt"  # when the row was last amended
