"""From a canonical record to what a destination should look like: field rules, pure and traceable.

A sink declares default `FieldRule`s; a tenant adds or overrides rules by destination field. Compiled once per
mapping version, applied per record. The result says which rule filled which field: the mapping trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, ConfigDict, Field, field_validator

from connectors.records import Record
from connectors.sdk.errors import ConfigProblem, RecordRejected, SystemFault

Json = Any


class Mode(StrEnum):
    """When a rule's value may replace what stands in the destination."""

    ALWAYS = "always"
    IF_NEW = "if_new"
    IF_EMPTY = "if_empty"
    APPEND = "append"


class Override(BaseModel):
    """A tenant's own rule for one destination field.

    `source` is a JMESPath expression over the record (`name`, `address.city`, `extra.CustGrp`), or empty for
    the constant `value`; `mode` as in `Mode`; "skip" leaves the field to the people in the destination.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")
    source: str = Field(default="", max_length=500)
    value: str | None = Field(default=None, max_length=1000)
    default: str | None = Field(default=None, max_length=1000)
    mode: Literal["always", "if_new", "if_empty", "append", "skip"] = "always"

    @field_validator("source")
    @classmethod
    def _compiles(cls, text: str) -> str:
        if text:
            try:
                jmespath.compile(text)
            except JMESPathError as error:
                raise ValueError(f"this is not a path we can read: {error}") from error
        return text


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One destination field: where it comes from and when it is written.

    `field` may be dotted (`merge_fields.FNAME`).
    """

    field: str
    source: str
    value: Callable[[Any], Json]
    mode: Mode = Mode.ALWAYS
    origin: str = "default"


@dataclass(frozen=True, slots=True)
class Desired:
    """What a record should look like at the destination, by mode; empty parts are left out when stored."""

    always: dict[str, Json]
    if_new: dict[str, Json] = field(default_factory=dict)
    if_empty: dict[str, Json] = field(default_factory=dict)
    append: dict[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """The stored form."""
        return {
            name: part for name in ("always", "if_new", "if_empty", "append") if (part := getattr(self, name))
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> Desired:
        """Read the stored form back."""
        return cls(**{"always": {}, **stored})

    @property
    def needs_current(self) -> bool:
        """Whether writing an existing record takes a look at what stands there."""
        return bool(self.if_empty or self.append)

    def for_new(self) -> dict[str, Json]:
        """The payload that creates the record."""
        return _merged(self.always, self.if_new, self.if_empty, self.append)

    def for_existing(self, current: Mapping[str, Json] | None = None) -> dict[str, Json]:
        """The payload that updates it; `current` is needed where `needs_current`."""
        payload = _merged(self.always)
        for path, value in _leaves(self.if_empty):
            if _reach(current or {}, path) in (None, "", [], {}):
                _plant(payload, path, value)
        for path, value in _leaves(self.append):
            present = _reach(current or {}, path)
            have = present if isinstance(present, list) else [] if present in (None, "") else [present]
            _plant(
                payload,
                path,
                have + [item for item in (value if isinstance(value, list) else [value]) if item not in have],
            )
        return payload


class FieldMap:
    """Compiled rules. `trace` (field, source, mode, origin) is the same for each record it maps."""

    def __init__(self, defaults: Sequence[FieldRule], overrides: Sequence[Override] = ()) -> None:
        rules = {rule.field: rule for rule in defaults}
        for override in overrides:
            rules.pop(override.field, None)
            if override.mode != "skip":
                rules[override.field] = _compiled(override)
        self.rules = tuple(rules.values())
        self.trace = [[rule.field, rule.source, str(rule.mode), rule.origin] for rule in self.rules]
        self.trace += [[o.field, "", "skip", "yours"] for o in overrides if o.mode == "skip"]
        self._steps = [(rule, tuple(rule.field.split(".")), str(rule.mode)) for rule in self.rules]
        fields = {rule.field for rule in self.rules}
        self._nested = any(
            field.startswith(f"{other}.") for field in fields for other in fields if field != other
        )

    def apply(self, record: Record) -> Desired:
        """Map one record.

        A value of None leaves its field out. Raises `RecordRejected` (or `RecordSkipped`) where a rule
        refuses the record; a rule that fails on a value it was not made for rejects the record by name of the
        field, never crashes the page.
        """
        parts: dict[str, dict[str, Json]] = {"always": {}, "if_new": {}, "if_empty": {}, "append": {}}
        for rule, path, mode in self._steps:
            try:
                value = rule.value(record)
            except SystemFault:
                raise
            except (
                ValueError,
                TypeError,
                ArithmeticError,
                LookupError,
                AttributeError,
                JMESPathError,
            ) as error:
                raise RecordRejected(
                    f"The field {rule.field} could not be filled from {rule.source}: {error}. "
                    "Change the rule or the record.",
                    code="mapping",
                ) from error
            if value is None:
                continue
            try:
                _plant(parts[mode], path, value)
            except TypeError as error:
                raise RecordRejected(
                    f"The field {rule.field} is part of another one that a rule fills as a whole. Remove "
                    "one of the two rules.",
                    code="mapping",
                ) from error
        desired = Desired(**parts)
        if self._nested:
            self._refuse_clashes(desired)
        return desired

    @staticmethod
    def _refuse_clashes(desired: Desired) -> None:
        """Rules of different modes may fill a field as a whole and a part of it."""
        try:
            desired.for_new()
        except TypeError as error:
            raise RecordRejected(
                f"One rule fills a field as a whole, another one part of it ({error}). Remove one of them.",
                code="mapping",
            ) from error


def plain(record: object) -> Json:
    """A record as the JSON a JMESPath expression sees (Decimals as text)."""
    if is_dataclass(record) and not isinstance(record, type):
        record = asdict(record) if not hasattr(record, "extra") else _with_extra(record)
    return _jsonable(record)


def _with_extra(record: Any) -> dict[str, Json]:
    names = [name for cls in type(record).__mro__ for name in getattr(cls, "__slots__", ())]
    values = {name: getattr(record, name) for name in names}
    return {
        name: asdict(v) if is_dataclass(v) and not isinstance(v, type) else v for name, v in values.items()
    }


def _jsonable(value: object) -> Json:
    match value:
        case Decimal():
            return f"{value:f}"
        case str() | bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(k): _jsonable(v) for k, v in value.items()}
        case list() | tuple():
            return [_jsonable(asdict(v) if is_dataclass(v) and not isinstance(v, type) else v) for v in value]
        case _:
            return str(value)


def _compiled(override: Override) -> FieldRule:
    mode = Mode(override.mode)
    if not override.source:
        constant = override.value if override.value is not None else override.default
        return FieldRule(override.field, "a fixed value", lambda _: constant, mode, "yours")
    try:
        expression = jmespath.compile(override.source)
    except JMESPathError as error:
        raise ConfigProblem(
            f"The rule for {override.field} cannot be read: {error}", code="mapping"
        ) from error

    def value(record: Record) -> Json:
        found = expression.search(plain(record))
        return override.default if found in (None, "") else found

    return FieldRule(override.field, override.source, value, mode, "yours")


def says_no_more(wanted: Mapping[str, Json], there: Mapping[str, Json]) -> bool:
    """Whether every value of one payload stands in the other as well."""
    return all(_reach(there, path) == value for path, value in _leaves(wanted) if path)


def _merged(*parts: Mapping[str, Json]) -> dict[str, Json]:
    out: dict[str, Json] = {}
    for part in parts:
        for path, value in _leaves(part):
            _plant(out, path, value)
    return out


def _leaves(tree: Mapping[str, Json], above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Json]]:
    found: list[tuple[tuple[str, ...], Json]] = []
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            found += _leaves(value, (*above, name))
        else:
            found.append(((*above, name), {} if value == {} else value))
    return found


def _reach(tree: Mapping[str, Json], path: tuple[str, ...]) -> Json:
    node: Json = tree
    for step in path:
        if not isinstance(node, Mapping) or step not in node:
            return None
        node = node[step]
    return node


def _plant(tree: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    """Put a value in its place. Raises `TypeError` where something that is no object stands in the way, or an
    object would be lost.
    """
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise TypeError(f"{step} is no object")
    if isinstance(there := tree.get(path[-1]), dict) and there and not isinstance(value, dict):
        raise TypeError(f"{path[-1]} is an object")
    tree[path[-1]] = value
