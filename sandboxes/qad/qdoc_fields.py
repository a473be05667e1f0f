"""The records of a QDoc: elements named after database fields, texts turned into values of the tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree as ET

from sandboxes.qad import qdoc
from sandboxes.qad.errors import Rejected
from sandboxes.qad.qdoc import Failed, Message, Outcome, Qdoc
from sandboxes.qad.schema import LARGEST, Kind, check_code
from sandboxes.qad.store import Key, Table
from sandboxes.qad.tenant import Domain, Tenant, reference_column

LOGICALS = {"true": True, "yes": True, "false": False, "no": False}
OPERATIONS = frozenset("AMDGSN")


@dataclass(frozen=True, slots=True)
class Job:
    """One QDoc on its way: where it works, and what came of it so far."""

    tenant: Tenant
    qdoc: Qdoc
    domain: Domain
    outcome: Outcome

    @property
    def today(self) -> date:
        return self.tenant.local(self.tenant.clock.now()).date()

    def warn(self, number: str, text: str, context: str) -> None:
        self.outcome.messages.append(Message("warning", number, text, context))


def read(job: Job, record: ET.Element) -> tuple[str, dict[str, str], list[ET.Element]]:
    """`operation`, the texts by element name, and the records inside it."""
    values: dict[str, str] = {}
    nested: list[ET.Element] = []
    for child in record:
        name = qdoc.local(child)
        if len(child):
            nested.append(child)
        elif name in values or nested:
            raise Failed("7020", "An element is repeated, or follows a nested record.", name)
        else:
            values[name] = (child.text or "").strip()
    names = list(values)
    operation = values.pop("operation", "")
    if names[:1] != ["operation"] or operation not in OPERATIONS:
        raise Failed("7021", "operation must come first: A, M, D, G, S or N.", qdoc.local(record), operation)
    return operation, values, nested


def fields(
    job: Job, table: Table, elements: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, object]:
    """By the tenant's field names. The key comes first, as on the screens these are typed into."""
    names, known = list(values), list(elements)
    for name in names:
        if name not in elements:
            raise Failed("7022", "Unknown element.", name, values[name])
    first = known[0] if known[0] in names else known[1]
    if names and names[0] != first:
        raise Failed("7023", f"{first} must come first.", names[0])
    positions = [known.index(name) for name in names]
    if job.tenant.options.rigid_order and positions != sorted(positions):
        raise Failed("7024", "The elements are out of order.", names[0])
    found: dict[str, object] = {}
    for name, text in values.items():
        wanted = elements[name]
        field = wanted if wanted != "purchaseOrder" else reference_column(job.tenant.options)
        found[field] = _typed(job, table, field, name, text)
    return found


def _typed(job: Job, table: Table, field_name: str, element: str, text: str) -> object:
    tables = (table, job.tenant.relations)
    field = next(one.columns[field_name] for one in tables if field_name in one.columns)
    try:
        match field.kind:
            case Kind.LOGICAL:
                value: object = LOGICALS[text.lower()] if text else False
            case Kind.DATE:
                value = date.fromisoformat(text) if text else None
            case Kind.DECIMAL | Kind.INTEGER:
                value = field.accepted(_number(job, text) if text else 0)
            case _:
                value = field.accepted(text)
    except (KeyError, ValueError, InvalidOperation) as error:
        raise Failed("7025", "Invalid value.", element, text) from error
    except Rejected as refusal:
        raise Failed("7025", refusal.message, element, text) from refusal
    try:
        check_code(field, value)
    except Rejected as refusal:
        raise Failed("902", "Value must exist in generalized codes.", element, text) from refusal
    return value


def _number(job: Job, text: str) -> Decimal | int:
    separator = job.qdoc.context.get("decimalSeparator", ".")
    if separator == "," and "." in text:
        raise ValueError(text)
    number = Decimal(text.replace(",", ".") if separator == "," else text)
    if not number.is_finite() or abs(number) >= LARGEST:
        raise ValueError(text)
    return int(number) if number == number.to_integral_value() else number


def to_be_made(operation: str, *, held: bool, key: Key) -> bool:
    """Whether the record is to be made. A fails if it is there, M and D and G if it is not."""
    if operation == "A" and held:
        raise Failed("2041", "Record already exists.", key[-1], key[-1])
    if operation in {"M", "D", "G"} and not held:
        raise Failed("2042", "Record does not exist.", key[-1], key[-1])
    return not held
