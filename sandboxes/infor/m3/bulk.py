"""The body of a bulk request: one program, many transactions, and nothing that is not known."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandboxes.infor.gateway import GatewayError
from sandboxes.infor.m3.call import Refused
from sandboxes.infor.m3.execute import DEFAULT_RECORDS, Settings
from sandboxes.kit import BadBody, Request

WHOLE = frozenset({
    "program", "cono", "divi", "maxReturnedRecords", "excludeEmptyValues", "readTimeoutMillis", "transactions"
})  # fmt: skip
ONE = frozenset({"transaction", "record", "selectedColumns"})


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    record: Mapping[str, str]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Bulk:
    program: str
    transactions: list[Item]


def read_bulk(request: Request) -> Bulk:
    if request.content_type != "application/json":
        raise GatewayError(415, "Unsupported Media Type")
    try:
        body = _members(request.json(), WHOLE, "The request")
    except BadBody as error:
        raise Refused("The request is no valid JSON") from error
    company, division = body.get("cono", 0), body.get("divi", "")
    records, exclude = body.get("maxReturnedRecords", DEFAULT_RECORDS), body.get("excludeEmptyValues", False)
    if not _whole(company) or not _whole(records) or not _whole(body.get("readTimeoutMillis", 0)):
        raise Refused("cono, maxReturnedRecords and readTimeoutMillis must be whole numbers")
    if not isinstance(division, str) or not isinstance(exclude, bool):
        raise Refused("divi must be a text and excludeEmptyValues true or false")
    program, items = body.get("program"), body.get("transactions")
    if not isinstance(program, str) or not isinstance(items, list) or not items:
        raise Refused("program and at least one transaction must be given")
    settings = Settings(
        company=str(company or ""), division=division, records=int(str(records)), exclude_empty=exclude
    )
    return Bulk(program, [_item(one, settings) for one in items])


def _item(sent: object, common: Settings) -> Item:
    members = _members(sent, ONE, "A transaction")
    name, record, columns = (
        members.get("transaction"),
        members.get("record", {}),
        members.get("selectedColumns", []),
    )
    if not isinstance(name, str) or not isinstance(record, dict) or not isinstance(columns, list):
        raise Refused("transaction must be a text, record an object, selectedColumns a list")
    for field, value in record.items():
        if not isinstance(value, str):
            raise Refused(f"The value of {field} must be a text", at=str(field))
    settings = Settings(
        common.company, common.division, common.records, tuple(map(str, columns)), common.exclude_empty
    )
    return Item(name, record, settings)


def _members(sent: object, known: frozenset[str], what: str) -> dict[str, object]:
    if not isinstance(sent, dict):
        raise Refused(f"{what} must be an object")
    for name in sent:
        if name not in known:
            raise Refused(f"{what} has no property {name}", at=str(name))
    return sent


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
