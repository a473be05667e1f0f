"""What a `$filter` means, once parsed and typed."""

from dataclasses import dataclass

from sandboxes.ifs_cloud.schema import Attribute, Kind


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. `kind` is None for `null`; `enum` is the full type name of an enumeration literal."""

    value: object
    kind: Kind | None
    enum: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an attribute."""

    attribute: Attribute

    @property
    def kind(self) -> Kind:
        return self.attribute.kind


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values."""

    name: str
    arguments: tuple["Node", ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers and one of add, sub, mul, div."""

    operator: str
    left: "Node"
    right: "Node"
    kind: Kind = Kind.NUMBER


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values and one of eq, ne, gt, ge, lt, le."""

    operator: str
    left: "Node"
    right: "Node"
    kind: Kind = Kind.FLAG


@dataclass(frozen=True, slots=True)
class Junction:
    """All (`and`) or any (`or`) of the parts."""

    operator: str
    parts: tuple["Node", ...]
    kind: Kind = Kind.FLAG


@dataclass(frozen=True, slots=True)
class Negation:
    """Not this."""

    part: "Node"
    kind: Kind = Kind.FLAG


Node = Literal | Value | Call | Arithmetic | Compare | Junction | Negation
