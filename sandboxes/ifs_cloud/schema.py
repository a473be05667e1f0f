"""The vocabulary of entity types: attributes, keys, enumerations, ways from one to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

# `$` marks an attribute of the source row; anything else is that very value.
Way = Mapping[str, str]


class Kind(StrEnum):
    TEXT = "Edm.String"
    WHOLE = "Edm.Int64"
    NUMBER = "Edm.Decimal"
    FLAG = "Edm.Boolean"
    DATE = "Edm.Date"
    TIME = "Edm.DateTimeOffset"
    ENUM = "enum"


_KINDS = {
    "text": Kind.TEXT,
    "whole": Kind.WHOLE,
    "number": Kind.NUMBER,
    "flag": Kind.FLAG,
    "date": Kind.DATE,
    "time": Kind.TIME,
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. `enum` names its enumeration; `length` bounds a text."""

    name: str
    kind: Kind
    enum: str = ""
    length: int = 0
    required: bool = False
    insertable: bool = True
    updatable: bool = True


@dataclass(frozen=True, slots=True)
class Navigation:
    """From a row to others: their type, and which of their attributes hold what."""

    name: str
    target: str
    way: Way


@dataclass(frozen=True)
class EntityType:
    """A logical unit as the projections show it. `order` is the key, in the order its rows are indexed."""

    name: str
    attributes: tuple[Attribute, ...]
    key: tuple[str, ...]
    order: tuple[str, ...]
    collections: Mapping[str, Navigation] = field(default_factory=dict)
    references: Mapping[str, Navigation] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    site_attribute: str = ""
    company_attribute: str = ""

    @cached_property
    def position(self) -> dict[str, int]:
        return {attribute.name: index for index, attribute in enumerate(self.attributes)}

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    @cached_property
    def order_positions(self) -> tuple[int, ...]:
        return tuple(self.position[name] for name in self.order)


@dataclass(frozen=True, slots=True)
class Projection:
    """One service: its entity sets and what kind of API it is."""

    name: str
    sets: Mapping[str, str]
    api_class: str = "Standard"
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """All of one environment."""

    types: Mapping[str, EntityType]
    enums: Mapping[str, tuple[str, ...]]
    projections: Mapping[str, Projection]


def attributes(text: str) -> tuple[Attribute, ...]:
    """One attribute a line: `Name kind(length) words`; the words are required, fixed and derived.

    A kind that starts with a capital is an enumeration. `fixed` cannot be updated, `derived` cannot be sent.
    """
    return tuple(_attribute(line.split()) for line in text.strip().splitlines())


def _attribute(words: list[str]) -> Attribute:
    name, kind, *flags = words
    base, _, length = kind.rstrip(")").partition("(")
    return Attribute(
        name=name,
        kind=_KINDS.get(base, Kind.ENUM),
        enum="" if base in _KINDS else base,
        length=int(length or 0),
        required="required" in flags,
        insertable="derived" not in flags,
        updatable="fixed" not in flags and "derived" not in flags,
    )


def to_many(name: str, target: str, **way: str) -> tuple[str, Navigation]:
    return name, Navigation(name, target, way)
