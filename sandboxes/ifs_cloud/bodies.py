"""Reads a JSON body into typed values, refusing what does not fit the type."""

import re
from collections.abc import Mapping
from datetime import date, tzinfo
from decimal import Decimal, InvalidOperation

from sandboxes.ifs_cloud.errors import OdpError, bad_request, business_rule, not_deserialized
from sandboxes.ifs_cloud.odata.literals import moment
from sandboxes.ifs_cloud.schema import Attribute, EntityType, Kind
from sandboxes.kit import BadBody, Request

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def body_values(
    request: Request, entity: EntityType, enums: Mapping[str, tuple[str, ...]], zone: tzinfo
) -> dict[str, object]:
    """The values sent, by attribute. Annotations are skipped, unknown members refused."""
    members = json_object(request)
    text_numbers = "ieee754compatible=true" in request.headers.get("content-type").replace(" ", "").lower()
    typed: dict[str, object] = {}
    for name, value in members.items():
        if "@" in name:
            continue
        attribute = entity.by_name.get(name)
        if attribute is None:
            raise not_deserialized(f"The property '{name}' is not defined in type '{entity.name}'.")
        typed[name] = _Typed(attribute, enums, zone, text_numbers=text_numbers).of(value)
    return typed


def json_object(request: Request) -> dict[str, object]:
    if request.content_type != "application/json":
        raise OdpError(415, "ODP_UNSUPPORTED_MEDIA_TYPE", "The content type must be application/json.")
    try:
        parsed = request.json()
    except BadBody as error:
        raise not_deserialized(str(error)) from error
    if not isinstance(parsed, dict):
        raise not_deserialized("The body must be one object.")
    return {str(name): value for name, value in parsed.items()}


class _Typed:
    """One attribute's value out of JSON."""

    def __init__(
        self, attribute: Attribute, enums: Mapping[str, tuple[str, ...]], zone: tzinfo, *, text_numbers: bool
    ) -> None:
        self._attribute = attribute
        self._enums = enums
        self._zone = zone
        self._text_numbers = text_numbers

    def of(self, value: object) -> object:
        if value is None:
            return None
        match self._attribute.kind:
            case Kind.FLAG:
                return value if isinstance(value, bool) else self._refuse()
            case Kind.WHOLE | Kind.NUMBER:
                return self._number(value)
            case _:
                return self._from_text(value) if isinstance(value, str) else self._refuse()

    def _number(self, value: object) -> object:
        fits = isinstance(value, str) if self._text_numbers else isinstance(value, int | float)
        if not fits or isinstance(value, bool):
            self._refuse()
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return self._refuse()
        if not number.is_finite() or (self._attribute.kind is Kind.WHOLE and number != int(number)):
            self._refuse()
        return int(number) if self._attribute.kind is Kind.WHOLE else number

    def _from_text(self, text: str) -> object:
        attribute = self._attribute
        match attribute.kind:
            case Kind.ENUM:
                return text if text in self._enums[attribute.enum] else self._refuse()
            case Kind.DATE:
                return self._date(text)
            case Kind.TIME:
                return self._moment(text)
            case _:
                return self._bounded(text)

    def _bounded(self, text: str) -> str:
        longest = self._attribute.length
        if longest and len(text) > longest:
            raise business_rule(
                f"ORA-12899: value too large for column {self._attribute.name}"
                f" (actual: {len(text)}, maximum: {longest})"
            )
        return text

    def _date(self, text: str) -> object:
        try:
            return date.fromisoformat(text) if _DATE.fullmatch(text) else self._refuse()
        except ValueError:
            return self._refuse()

    def _moment(self, text: str) -> object:
        try:
            return moment(text, self._zone)
        except OdpError:
            return self._refuse()

    def _refuse(self) -> object:
        raise not_deserialized(f"The value of the property '{self._attribute.name}' is invalid.")


def selected_fields(request: Request, entity: EntityType) -> tuple[str, ...] | None:
    """`?select-fields=A,B` trims what a write answers. It is IFS's own, not `$select`."""
    given = request.query.get("select-fields")
    if not given:
        return None
    names = tuple(given[0].split(","))
    for name in names:
        if name not in entity.by_name:
            raise bad_request(f"The property '{name}' is not defined in type '{entity.name}'.")
    return names
