"""What the tenant's tables consist of, and which values a field takes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum

from sandboxes.qad.errors import Rejected

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
MANDATORY = "Field is mandatory"  # also said of a code that is not in its table
LARGEST = Decimal(10) ** 15


class Kind(Enum):
    TEXT = "character"
    LOGICAL = "logical"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"


EMPTY: Mapping[Kind, object] = {
    Kind.TEXT: "",
    Kind.LOGICAL: False,
    Kind.INTEGER: 0,
    Kind.DECIMAL: Decimal(0),
    Kind.DATE: None,
}


@dataclass(frozen=True, slots=True)
class Field:
    """`codes` names the table of the values it may have; "" stands for none of them."""

    name: str
    kind: Kind = Kind.TEXT
    length: int = 0
    codes: str = ""

    def accepted(self, value: object) -> object:
        """The value as it is kept, from what JSON carried."""
        if value is None:
            return EMPTY[self.kind]
        match self.kind, value:
            case Kind.TEXT, str():
                return self._text(value)
            case Kind.LOGICAL, bool():
                return value
            case Kind.INTEGER, int() if not isinstance(value, bool):
                return value
            case Kind.DECIMAL, int() | Decimal() if not isinstance(value, bool):
                return self._decimal(Decimal(value))
            case Kind.DATE, str():
                return self._date(value)
            case _:
                raise Rejected(self.name, f"Invalid value, {self.kind.value} expected", value)

    def _text(self, value: str) -> str:
        if "\x00" in value:
            raise Rejected(self.name, "Invalid character in value", "")
        if self.length and len(value) > self.length:
            raise Rejected(self.name, f"Value is too long, at most {self.length} characters", value)
        return value

    def _decimal(self, value: Decimal) -> Decimal:
        try:
            rounded = value.quantize(Decimal("0.00001"))
        except InvalidOperation as error:
            raise Rejected(self.name, "Value is too large", value) from error
        if abs(value) >= LARGEST:
            raise Rejected(self.name, "Value is too large", value)
        if rounded != value:
            raise Rejected(self.name, "At most five decimals are allowed", value)
        return value

    def _date(self, value: str) -> date | None:
        if not value:
            return None
        if not MOMENT.fullmatch(value):
            raise Rejected(self.name, "Invalid date, ISO 8601 in UTC expected", value)
        try:
            return date.fromisoformat(value[:10])
        except ValueError as error:
            raise Rejected(self.name, "Invalid date", value) from error


def sent(value: object) -> object:
    """The value as the entity API shows it."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date():
            return f"{value.isoformat()}T00:00:00.000Z"
        case _:
            return value


def fields(*groups: Iterable[Field]) -> dict[str, Field]:
    return {field.name: field for group in groups for field in group}


def texts(names: str, length: int = 0) -> list[Field]:
    return [Field(name, Kind.TEXT, length) for name in names.split()]


def of_kind(kind: Kind, names: str) -> list[Field]:
    return [Field(name, kind) for name in names.split()]


def coded(**tables: str) -> list[Field]:
    """Field name = table of codes."""
    return [Field(name, Kind.TEXT, 0, table) for name, table in tables.items()]


def _numbered(name: str, count: int, kind: Kind, length: int = 0) -> list[Field]:
    return [Field(f"{name}{number}", kind, length) for number in range(count)]


CUSTOM = [
    *_numbered("customShort", 20, Kind.TEXT, 80),
    *_numbered("customCombo", 15, Kind.TEXT, 80),
    *_numbered("customLong", 2, Kind.TEXT, 2000),
    *_numbered("customDecimal", 5, Kind.DECIMAL),
    *_numbered("customInteger", 5, Kind.INTEGER),
    Field("customNote", Kind.TEXT, 4000),
]
# The name and address belong to the business relation, whatever record shows them.
RELATION = [
    Field("businessRelationName", Kind.TEXT, 100),
    *texts("addressSearchName city", 50),
    *texts("street1 street2 street3", 50),
    *texts("zipCode stateCode telephone", 30),
    Field("EMail", Kind.TEXT, 250),
    *coded(countryCode="countries"),
]
CUSTOMER = [
    Field("businessRelationCode", Kind.TEXT, 20),
    *coded(
        currencyCode="currencies",
        creditTermsCode="credit terms",
        taxZone="tax zones",
        taxClass="tax classes",
        customerTypeCode="customer types",
        languageCode="languages",
    ),
    *of_kind(Kind.LOGICAL, "isTaxable isFixedCreditLimit isLockedCreditLimit isActive"),
    *texts("federalTax stateTax", 30),
    Field("fixedCreditLimit", Kind.DECIMAL),
    *CUSTOM,
]
MFG_CUSTOMER = [
    *texts("regionCode classCode shipVia priceListCode", 20),
    *coded(siteCode="sites", daybookSetCode="daybook sets"),
]
ITEM = [
    *texts("description1 description2", 24),
    *texts("productLineCode itemTypeCode itemGroupCode", 8),
    *coded(unitOfMeasureCode="units", itemStatusCode="item statuses", siteCode="sites"),
    Field("price", Kind.DECIMAL),
]
ORDER = [
    *texts("soldToCustomerCode billToCustomerCode shipToCustomerCode", 20),
    *coded(
        siteCode="sites",
        currencyCode="currencies",
        creditTermsCode="credit terms",
        daybookSetCode="daybook sets",
    ),
    Field("shipVia", Kind.TEXT, 20),
    *of_kind(Kind.DATE, "orderDate requiredDate dueDate"),
]
LINE = [
    Field("itemCode", Kind.TEXT, 18),
    *texts("itemDescription unitOfMeasureCode", 24),
    *coded(siteCode="sites"),
    *of_kind(Kind.DECIMAL, "quantityOrdered listPrice netPrice"),
    Field("discountFormatted", Kind.TEXT, 12),
    Field("dueDate", Kind.DATE),
]
ATTRIBUTION = [
    Field("referenceCode", Kind.TEXT, 60),
    *texts("customerCode salesOrderNumber campaignCode", 40),
    *coded(currencyCode="currencies"),
    Field("orderTotal", Kind.DECIMAL),
    Field("orderDate", Kind.DATE),
    *texts("financialStatus", 30),
    Field("lineDetail", Kind.TEXT, 8000),
]


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


CODES: dict[str, frozenset[str]] = {
    "countries": _codes("SE NO DE FR GB US PL GR JP ES KW TR CZ BR CA MX"),
    "currencies": _codes("SEK NOK EUR GBP USD PLN JPY KWD CZK CAD"),
    "credit terms": frozenset({"NET30", "NET60", "2/10N30", "COD"}),
    "tax zones": frozenset({"TAXABLE", "EXEMPT", "EU"}),
    "tax classes": frozenset({"GOODS", "REDUCED"}),
    "customer types": frozenset({"RETAIL", "WHOLESL", "INTERNAL"}),
    "languages": _codes("sv no de fr en pl el ja es ar tr cs pt"),
    "daybook sets": frozenset({"SALES", "EXPORT"}),
    "units": frozenset({"EA", "KG", "BX"}),
    "item statuses": frozenset({"ACTIVE", "OBSOLETE", "PLAN"}),
    "sites": frozenset({"10-100", "10-200", "11-100", "20-100", "20-200"}),
}


def check_code(field: Field, value: object) -> None:
    """An unknown code is refused in the words used for a missing one."""
    if field.codes and value and value not in CODES[field.codes]:
        raise Rejected(field.name, MANDATORY, value)
