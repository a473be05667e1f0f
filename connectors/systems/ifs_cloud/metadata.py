"""A projection's `$metadata`: which sets and attributes it has and how its enums are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from xml.etree import ElementTree as ET

from connectors.sdk.errors import ConfigProblem

_HEAD = 2000


@dataclass(frozen=True, slots=True)
class EntityType:
    """What the records of a set look like."""

    name: str
    keys: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    navigations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Metadata:
    """The parts of the document we use; types are known by their short names."""

    sets: Mapping[str, str]
    types: Mapping[str, EntityType]
    enums: Mapping[str, tuple[str, ...]]

    @classmethod
    def parsed(cls, document: bytes) -> Metadata:
        """Raises `ConfigProblem` for what is no metadata document."""
        if b"<!DOCTYPE" in document[:_HEAD] or b"<!ENTITY" in document:
            raise _unreadable("it declares a document type")
        sets: dict[str, str] = {}
        types: dict[str, EntityType] = {}
        enums: dict[str, tuple[str, ...]] = {}
        try:
            for _, element in ET.iterparse(BytesIO(document)):  # noqa: S314  no document type, so nothing expands
                match _tag(element):
                    case "EntitySet":
                        sets[element.get("Name", "")] = _short(element.get("EntityType", ""))
                    case "EntityType":
                        types[element.get("Name", "")] = _entity_type(element)
                        element.clear()
                    case "EnumType":
                        members = (child.get("Name", "") for child in element if _tag(child) == "Member")
                        enums[element.get("Name", "")] = tuple(members)
                        element.clear()
                    case _:
                        pass
        except ET.ParseError as error:
            raise _unreadable(str(error)) from error
        return cls(sets, types, enums)

    def of_set(self, entity_set: str) -> EntityType | None:
        """The type of a set's records."""
        return self.types.get(self.sets.get(entity_set, ""))

    def members(self, edm_type: str) -> tuple[str, ...]:
        """The values of an enum type; empty for every other type."""
        return self.enums.get(_short(edm_type), ())


def _entity_type(element: ET.Element) -> EntityType:
    keys: list[str] = []
    attributes: dict[str, str] = {}
    navigations: set[str] = set()
    for child in element:
        match _tag(child):
            case "Key":
                keys += [reference.get("Name", "") for reference in child]
            case "Property":
                attributes[child.get("Name", "")] = child.get("Type", "")
            case "NavigationProperty":
                navigations.add(child.get("Name", ""))
            case _:
                pass
    return EntityType(element.get("Name", ""), tuple(keys), attributes, frozenset(navigations))


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _unreadable(why: str) -> ConfigProblem:
    return ConfigProblem(
        "IFS Cloud sent a description of a projection that we cannot read.", detail=why, code="metadata"
    )
