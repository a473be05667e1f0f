"""ARSSCS: add, update, delete customers. What it does not know it drops without a word."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sandboxes.syspro.columns import BRANCHES, TERMS
from sandboxes.syspro.enet.exchange import EXISTS, INVALID, NOT_FOUND, TOO_LONG, Exchange
from sandboxes.syspro.enet.xml import Element, add, add_error, text_of
from sandboxes.syspro.schema import Kind
from sandboxes.syspro.store import Row, Table

# The elements seen in documents; the Customer itself is the key and never changes.
SETTABLE = (
    "Name", "ShortName", "ExemptFinChg", "MaintHistory", "CreditStatus", "CreditLimit", "Salesperson",
    "PriceCode", "CustomerClass", "Branch", "TermsCode", "TaxStatus", "Telephone", "Contact", "Currency",
    "Email", "SoldToAddr1", "SoldToAddr2", "SoldToAddr3", "SoldToAddr4", "SoldToAddr5", "SoldPostalCode",
    "ShipToAddr1", "ShipToAddr2", "ShipToAddr3", "ShipToAddr4", "ShipToAddr5", "ShipPostalCode", "State",
    "CountyZip", "City", "UserField1", "UserField2",
)  # fmt: skip


class _Rejected(Exception):
    def __init__(self, number: int, description: str) -> None:
        super().__init__(description)
        self.number = number


@dataclass(slots=True)
class _Change:
    """One item of the document, checked. Without changes it deletes."""

    key: str
    row: Row | None
    changes: dict[str, object] | None


def arsscs(exchange: Exchange, action: str) -> Element:
    """`action` is Add, Update or Delete."""
    root = Element("SetupArCustomer")
    checked: list[_Change] = []
    invalid = 0
    for item in exchange.xml.findall("Item"):
        shown = add(root, "Item")
        add(add(shown, "Key"), "Customer", text_of(item, "Key/Customer"))
        try:
            checked.append(_CHECKS[action](exchange, item))
        except _Rejected as rejected:
            invalid += 1
            add_error(shown, rejected.number, str(rejected))
    if invalid and exchange.setting("ApplyIfEntireDocumentValid") == "Y":
        checked = []
    if exchange.setting("ValidateOnly") != "Y":
        for change in checked:
            _apply(exchange, change)
    status = add(root, "StatusOfItems")
    add(status, "ItemsProcessed", str(len(checked)))
    add(status, "ItemsInvalid", str(invalid))
    return root


def _checked_add(exchange: Exchange, item: Element) -> _Change:
    table, key = exchange.world.table("ArCustomer"), text_of(item, "Key/Customer")
    if not key or len(key) > table.columns["Customer"].length:
        raise _Rejected(TOO_LONG if key else INVALID, f"Customer '{key}' is not a valid code")
    if table.get(key) is not None:
        raise _Rejected(EXISTS, f"Customer '{key}' already exists")
    changes = _changes(table, item)
    if not changes.get("Name"):
        raise _Rejected(INVALID, "Name may not be blank")
    return _Change(key, None, changes)


def _checked_update(exchange: Exchange, item: Element) -> _Change:
    table = exchange.world.table("ArCustomer")
    key, row = _held(table, item)
    return _Change(key, row, _changes(table, item))


def _checked_delete(exchange: Exchange, item: Element) -> _Change:
    key, row = _held(exchange.world.table("ArCustomer"), item)
    orders = exchange.world.table("SorMaster")
    if any(orders.value(order, "Customer") == key for order in orders.rows.values()):
        raise _Rejected(INVALID, f"Customer '{key}' has sales orders on file")
    return _Change(key, row, None)


def _held(table: Table, item: Element) -> tuple[str, Row]:
    key = text_of(item, "Key/Customer")
    row = table.get(key)
    if row is None:
        raise _Rejected(NOT_FOUND, f"Customer '{key}' not found")
    return key, row


def _changes(table: Table, item: Element) -> dict[str, object]:
    """Only what was supplied: what is left out stays as it is."""
    found: dict[str, object] = {}
    for name in SETTABLE:
        if item.find(name) is None:
            continue
        text, column = text_of(item, name), table.columns[name]
        if column.kind is Kind.NUMBER:
            found[name] = _number(name, text)
        elif len(text) > column.length:
            raise _Rejected(TOO_LONG, f"{name} is longer than {column.length} characters")
        else:
            found[name] = text
    for name, known, what in (("TermsCode", TERMS, "Terms code"), ("Branch", frozenset(BRANCHES), "Branch")):
        if name in found and found[name] not in known:
            raise _Rejected(NOT_FOUND, f"{what} not found")
    return found


def _number(name: str, text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise _Rejected(INVALID, f"{name} '{text}' is not numeric") from error


def _apply(exchange: Exchange, change: _Change) -> None:
    table, journal = exchange.world.table("ArCustomer"), exchange.journal
    if change.row is None and change.changes is not None:
        flags = {"CustomerOnHold": "N", "SalesAllowed": "Y", "QueryAllowed": "Y"}
        dated = {"DateCustAdded": exchange.world.today(), **flags}
        table.insert({"Customer": change.key, **dated, **change.changes})
        journal.wrote("customer", change.key, "created")
    elif change.row is not None and change.changes is not None:
        changed = table.update(change.row, change.changes)
        journal.wrote("customer", change.key, "updated" if changed else "unchanged")
    else:
        table.delete((change.key,))
        journal.wrote("customer", change.key, "deleted")


_CHECKS: dict[str, Callable[[Exchange, Element], _Change]] = {
    "Add": _checked_add,
    "Update": _checked_update,
    "Delete": _checked_delete,
}
