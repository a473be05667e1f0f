"""Entering an order line the way the screen does: a blank line, one field after the other, then the line.

A line that is posted without those steps is taken, and has neither price nor unit.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sandboxes.kit import Request, Response
from sandboxes.qad import errors, orders, schema
from sandboxes.qad.errors import Rejected
from sandboxes.qad.schema import MANDATORY
from sandboxes.qad.store import Key
from sandboxes.qad.submit import planned, record_of, rejected
from sandboxes.qad.tenant import Domain, Tenant, Workspace, version_hash

GRID, LINES, CHANGE = "salesOrderLinesGrid", "salesOrderLines", "fieldChange"
STEPS = (
    "itemCode", "siteCode", "quantityOrdered", "listPrice", "discountFormatted", "netPrice", "dueDate",
)  # fmt: skip
PRICED = frozenset({"listPrice", "discountFormatted", "netPrice"})  # only the steps set these
DERIVED = ("itemDescription", "unitOfMeasureCode")
DISCOUNT = re.compile(r"-?\d{1,3}(\.\d{1,2})?%?")
HOUSEKEEPING = frozenset({"concurrencyHash", "changeStatus", "dataOperation"})
CENT = Decimal("0.00001")


@dataclass(slots=True)
class Draft:
    """`done` steps of a line that is being entered, and what it has become so far."""

    values: dict[str, object]
    done: int = 0


class OrderLines:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._drafts: dict[Key, Draft] = {}

    def answer(self, request: Request, parts: list[str], workspace: Workspace) -> Response:
        match request.method, parts:
            case "GET", [collection] if collection == GRID:
                return self._get(request, workspace)
            case "POST", [collection] if collection == GRID:
                return self._submitted(request, workspace)
            case "POST", [collection, action] if (collection, action) == (LINES, CHANGE):
                return self._changed(request, workspace)
            case _:
                raise errors.not_found("There is no such resource.")

    # The blank line, and the lines there are.

    def _get(self, request: Request, workspace: Workspace) -> Response:
        query = _query(request, {"initialize", "domainCode", "salesOrderNumber"})
        order = (query.get("domainCode", ""), query.get("salesOrderNumber", ""))
        if not all(order):
            raise errors.bad_request("domainCode and salesOrderNumber are needed.")
        header = self._tenant.orders.get(order) if order[0] == workspace.domain.code else None
        if query.get("initialize") != "true":
            keys = self._tenant.lines.starting(*order) if header is not None else []
            return Response(200, {"data": {GRID: [self._shown(key) for key in keys]}})
        if header is None:
            return rejected(Rejected("salesOrderNumber", "Record does not exist", order[1]))
        keys = self._tenant.lines.starting(*order)
        key = (*order, f"{int(keys[-1][2]) + 1 if keys else 1:05d}")
        lines = self._tenant.lines
        blank = {name: schema.EMPTY[lines.columns[name].kind] for name in lines.columns}
        for name in ("siteCode", "dueDate"):
            blank[name] = self._tenant.orders.value(header, name)
        self._drafts[key] = Draft(blank | {"discountFormatted": "0.00"})
        return Response(200, {"data": {GRID: [_line(key, self._drafts[key].values)]}})

    # One field.

    def _changed(self, request: Request, workspace: Workspace) -> Response:
        query = _query(request, {"fieldName", "dataOperation"})
        record, name = record_of(request, LINES), query.get("fieldName", "")
        if query.get("dataOperation") != "CREATE":
            raise errors.bad_request("dataOperation must be CREATE.")
        try:
            key = self._key(record, workspace)
            draft = self._drafted(key)
            self._take(draft, name, record, workspace.domain)
        except Rejected as fault:
            return rejected(fault)
        return Response(200, {"data": {LINES: [_line(key, draft.values)]}})

    def _drafted(self, key: Key) -> Draft:
        if key not in self._drafts:
            raise Rejected("lineNumber", "The line was not initialized", int(key[2]))
        return self._drafts[key]

    def _take(self, draft: Draft, name: str, record: Mapping[str, object], domain: Domain) -> None:
        if name not in STEPS:
            raise Rejected(name, "Field does not exist", name)
        at = STEPS.index(name)
        if at > draft.done:
            raise Rejected(name, f"{STEPS[draft.done]} must be entered first", record.get(name))
        value = self._tenant.lines.columns[name].accepted(record.get(name))
        draft.values |= {name: value, **self._following(draft, name, value, domain)}
        draft.done = at + 1  # what came after it must be entered again

    def _following(self, draft: Draft, name: str, value: object, domain: Domain) -> dict[str, object]:
        """What the screen fills in by itself, once this field is left."""
        match name, value:
            case "itemCode", _:
                items, item = self._tenant.items, orders.sellable(self._tenant, domain, name, value)
                price = items.value(item, "price")
                return {
                    "itemDescription": items.value(item, "description1"),
                    "unitOfMeasureCode": items.value(item, "unitOfMeasureCode"),
                    "listPrice": price,
                    "netPrice": price,
                    "discountFormatted": "0.00",
                }
            case "siteCode", _:
                orders.check_site(domain, name, value or "none")
            case "quantityOrdered", int() | Decimal() if value <= 0:
                raise Rejected(name, "Quantity must be greater than zero", value)
            case "listPrice" | "netPrice", int() | Decimal() if value < 0:
                raise Rejected(name, "Price must not be negative", value)
            case "listPrice", int() | Decimal():
                return {"netPrice": _discounted(value, draft.values["discountFormatted"])}
            case "discountFormatted", str():
                if not DISCOUNT.fullmatch(value):
                    raise Rejected(name, "Invalid value", value)
                return {"netPrice": _discounted(draft.values["listPrice"], value)}
            case "dueDate", None:
                raise Rejected(name, MANDATORY)
            case _:
                pass
        return {}

    # The line itself.

    def _submitted(self, request: Request, workspace: Workspace) -> Response:
        _query(request, set())
        record = record_of(request, GRID)
        fault = request.fault
        if fault is not None and fault.kind == "business_error":
            return rejected(planned(fault, record))
        try:
            with self._tenant.attempt(keep=fault is None or fault.kind != "queued"):
                self._store(self._key(record, workspace), record, workspace.domain)
        except Rejected as refusal:
            return rejected(refusal)
        return Response(200, errors.submit_result())

    def _store(self, key: Key, record: Mapping[str, object], domain: Domain) -> None:
        lines, draft = self._tenant.lines, self._drafts.get(key)
        header = self._tenant.orders.rows[key[:2]]
        if self._tenant.orders.value(header, "status") == orders.CLOSED:
            raise Rejected("salesOrderNumber", "Sales order is closed", key[1])
        if lines.get(key) is not None:
            raise Rejected("lineNumber", "Record already exists", int(key[2]))
        done = STEPS[: draft.done] if draft is not None else ()
        values: dict[str, object] = {}
        for name in STEPS:
            sent = lines.columns[name].accepted(record.get(name))
            if draft is not None and name in done:
                if sent != draft.values[name]:
                    raise Rejected(name, "The value was not entered", record.get(name))
                values[name] = sent
            elif name not in PRICED:
                values[name] = sent
        orders.sellable(self._tenant, domain, "itemCode", values["itemCode"])
        orders.check_site(domain, "siteCode", values["siteCode"] or "none")
        if draft is not None and done:
            values |= {name: draft.values[name] for name in DERIVED}
        lines_effect = self._tenant.write(lines, key, values)
        self._tenant.wrote(LINES, key, lines_effect)
        self._drafts.pop(key, None)

    def _key(self, record: Mapping[str, object], workspace: Workspace) -> Key:
        lines = self._tenant.lines
        for name, value in record.items():
            if name not in lines.columns and name not in HOUSEKEEPING:
                raise Rejected(name, "Field does not exist", value)
        number = record.get("lineNumber")
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 100_000:
            raise Rejected("lineNumber", MANDATORY, number)
        order = (str(record.get("domainCode", "")), str(record.get("salesOrderNumber", "")))
        if order[0] != workspace.domain.code:
            raise Rejected("domainCode", "The workspace does not give access to it", order[0])
        if self._tenant.orders.get(order) is None:
            raise Rejected("salesOrderNumber", "Record does not exist", order[1])
        return (*order, f"{number:05d}")

    def _shown(self, key: Key) -> dict[str, object]:
        record = self._tenant.lines.rows[key]
        shown = _line(key, self._tenant.lines.values(record))
        return shown | {"concurrencyHash": version_hash(key, record)}


def _line(key: Key, values: Mapping[str, object]) -> dict[str, object]:
    shown = {name: schema.sent(value) for name, value in values.items()}
    named = {"domainCode": key[0], "salesOrderNumber": key[1], "lineNumber": int(key[2])}
    return {**shown, **named, "changeStatus": "0", "dataOperation": "READ"}


def _discounted(price: object, discount: object) -> Decimal:
    share = Decimal(str(discount).rstrip("%") or "0")
    return (Decimal(str(price)) * (100 - share) / 100).quantize(CENT).normalize()


def _query(request: Request, known: set[str]) -> dict[str, str]:
    """viewUri may come along; which one is unconfirmed."""
    query = {name: values[-1] for name, values in request.form_query.items()}
    unknown = sorted(set(query) - known - {"viewUri"})
    if unknown:
        raise errors.bad_request(f"Unknown parameter {unknown[0]}.")
    return query
