"""Answers a browse: filters, pages, and the columns as this release writes them."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice

from sandboxes.kit import Fault, Request, Response
from sandboxes.qad import browses, errors
from sandboxes.qad.browses import Browse, Column
from sandboxes.qad.options import DATE_FORMATS, Options
from sandboxes.qad.schema import MOMENT, Kind
from sandboxes.qad.store import Key
from sandboxes.qad.tenant import Domain, Tenant

PARAMETERS = frozenset({"browseId", "page", "pageSize", "pageAction", "filter"})
DEFAULT_PAGE_SIZE = 25
MEMORY = 40  # filtered lists kept, so that later pages need no second scan

COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "eq": lambda held, given: held == given,
    "ne": lambda held, given: held != given,
    "ge": lambda held, given: held is not None and held >= given,  # type: ignore[operator]
    "gt": lambda held, given: held is not None and held > given,  # type: ignore[operator]
    "le": lambda held, given: held is not None and held <= given,  # type: ignore[operator]
    "lt": lambda held, given: held is not None and held < given,  # type: ignore[operator]
    "contains": lambda held, given: str(given).lower() in str(held).lower(),
}


@dataclass(frozen=True, slots=True)
class Condition:
    column: str
    operator: str
    value: object
    text: str


class Lists:
    """The browses of one tenant and what is remembered of their latest filters."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._options = tenant.options
        self.browses = browses.build(tenant)
        self._found: dict[tuple[object, ...], tuple[object, Sequence[Key]]] = {}

    def answer(self, request: Request, domain: Domain) -> Response:
        browse, conditions = self._asked(request)
        page = self._page(request)
        if page is None:  # as the tenant does it: no error, and no rows
            return _rows([])
        number, size = page
        fault = request.fault
        if fault is not None and fault.kind == "repeat_page":
            number = 1
        keys = self._some(browse, domain, conditions, number, size)
        columns = [(name, column.get) for name, column in browse.shown().items()]
        rows = [{name: _written(get(domain, key), self._options) for name, get in columns} for key in keys]
        return _rows(_spoiled(rows, browse, fault))

    def total(self, request: Request, domain: Domain) -> Response:
        """The shape of this answer is unconfirmed."""
        browse, conditions = self._asked(request)
        return Response(200, {"data": {"totalCount": len(self._all(browse, domain, conditions))}})

    def find(self, browse_id: str) -> Browse:
        wanted = browse_id
        if self._options.bare_browse_ids and browse_id.startswith("mfg:"):
            wanted = f"urn:browse:{browse_id}"
        browse = self.browses.get(wanted)
        if browse is None:
            raise errors.not_found(f"Browse {browse_id} was not found.")
        return browse

    # What was asked.

    def _asked(self, request: Request) -> tuple[Browse, tuple[Condition, ...]]:
        query = request.form_query
        unknown = sorted(set(query) - PARAMETERS)
        if unknown:
            raise errors.bad_request(f"Unknown parameter {unknown[0]}.")
        browse = self.find(query.get("browseId", [""])[-1])
        return browse, tuple(self._condition(browse, text) for text in query.get("filter", []))

    def _page(self, request: Request) -> tuple[int, int] | None:
        query = request.form_query
        number, action = query.get("page", [""])[-1], query.get("pageAction", [""])[-1]
        size = query.get("pageSize", [str(DEFAULT_PAGE_SIZE)])[-1]
        if not _is_count(number) or action not in self._options.page_actions:
            return None
        if not _is_count(size):
            raise errors.bad_request("pageSize must be a positive whole number.")
        return int(number), min(int(size), self._options.page_size_cap)

    def _condition(self, browse: Browse, text: str) -> Condition:
        """`field,operator,value,literal`; the last part may be empty or left out."""
        name, _, rest = text.partition(",")
        operator, comma, value = rest.partition(",")
        value = value.removesuffix(",literal") if value.endswith(",literal") else value.removesuffix(",")
        column = browse.shown().get(name)
        if column is None or not comma:
            raise errors.bad_request(f"The filter {text!r} names no column of the browse.")
        if operator not in self._options.operators or operator not in COMPARISONS:
            raise errors.bad_request(f"The operator {operator!r} is not supported.")
        try:
            return Condition(name, operator, self._typed(column, value), value)
        except (KeyError, ValueError, InvalidOperation) as error:
            raise errors.bad_request(f"{value!r} is no value of {name}.") from error

    def _typed(self, column: Column, value: str) -> object:
        match column.kind:
            case Kind.DATE:
                if self._options.date_format == "iso" and MOMENT.fullmatch(value):
                    return date.fromisoformat(value[:10])
                written = DATE_FORMATS[self._options.date_format]
                return datetime.strptime(value, written).date()  # noqa: DTZ007 - a date has no zone
            case Kind.INTEGER | Kind.DECIMAL:
                number = Decimal(value)
                if not number.is_finite():
                    raise ValueError(value)
                return number
            case Kind.LOGICAL:
                return {"true": True, "yes": True, "false": False, "no": False}[value.lower()]
            case _:
                return value

    # Which rows those are.

    def _some(
        self, browse: Browse, domain: Domain, conditions: tuple[Condition, ...], number: int, size: int
    ) -> Sequence[Key]:
        if number > 1 or not conditions:
            return self._all(browse, domain, conditions)[(number - 1) * size : number * size]
        return list(islice(self._matching(browse, domain, conditions), size))

    def _all(self, browse: Browse, domain: Domain, conditions: tuple[Condition, ...]) -> Sequence[Key]:
        if not conditions:
            return browse.rows(domain)
        asked = (browse.id, domain.code, *((one.column, one.operator, one.text) for one in conditions))
        version = browse.version()
        remembered = self._found.get(asked)
        if remembered is not None and remembered[0] == version:
            return remembered[1]
        if len(self._found) >= MEMORY:
            self._found.clear()
        found = list(self._matching(browse, domain, conditions))
        self._found[asked] = (version, found)
        return found

    def _matching(self, browse: Browse, domain: Domain, conditions: Sequence[Condition]) -> Iterator[Key]:
        keys = browse.rows(domain)
        first, last, others = _range(browse, domain, keys, conditions)
        tests = [(browse.columns[one.column].get, COMPARISONS[one.operator], one.value) for one in others]
        for at in range(first, last):
            key = keys[at]
            if all(holds(get(domain, key), value) for get, holds, value in tests):
                yield key


def _range(
    browse: Browse, domain: Domain, keys: Sequence[Key], conditions: Sequence[Condition]
) -> tuple[int, int, list[Condition]]:
    """Where rows can be by the leading column alone, and the conditions that are left."""
    first, last, others = 0, len(keys), list[Condition]()
    scope = browse.scope(domain)
    for one in conditions:
        bound = (*scope, str(one.value))
        if one.column != browse.leading or one.operator not in {"eq", "ge"}:
            others.append(one)
            continue
        first = max(first, bisect_left(keys, bound))
        if one.operator == "eq":
            last = min(last, bisect_right(keys, (*scope, f"{one.value}\x00")))
    return first, last, others


def _written(value: object, options: Options) -> object:
    match value:
        case None:
            return ""
        case date():
            return value.strftime(DATE_FORMATS[options.date_format])
        case Decimal() if options.numbers == "json":
            return int(value) if value == value.to_integral_value() else float(value)
        case Decimal():
            text = f"{value:,.2f}"
            return text if options.numbers == "us" else text.translate(str.maketrans(",.", ".,"))
        case _:
            return value


def _spoiled(rows: list[dict[str, object]], browse: Browse, fault: Fault | None) -> list[dict[str, object]]:
    match fault.kind if fault is not None else "":
        case "empty_page":
            return []
        case "short_page" if fault is not None:
            return rows[: int(fault.number("rows", len(rows) // 2))]
        case "no_key" if rows and browse.leading:
            rows[0].pop(browse.leading, None)
            return rows
        case _:
            return rows


def _rows(rows: list[dict[str, object]]) -> Response:
    return Response(200, json.dumps({"data": rows}, ensure_ascii=False), {"Content-Type": "application/json"})


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0
