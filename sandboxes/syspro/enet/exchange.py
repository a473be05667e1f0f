"""One call of a business object: what it was given, and the company it works in."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sandboxes.kit import Fault
from sandboxes.kit.journal import Journal
from sandboxes.syspro.enet.sessions import Session
from sandboxes.syspro.enet.xml import Element, text_of
from sandboxes.syspro.odata.render import rowversion
from sandboxes.syspro.schema import Column, Kind
from sandboxes.syspro.store import Row
from sandboxes.syspro.world import World

# The numbers of errors are invented; the texts are what counts.
NOT_FOUND, INVALID, EXISTS, TOO_LONG = 100101, 100102, 100103, 100104


@dataclass(slots=True)
class Exchange:
    """`xml` is XmlIn, `settings` are XmlParameters; `salt` varies an order left open."""

    world: World
    session: Session
    journal: Journal
    xml: Element
    settings: Element | None
    salt: int
    fault: Fault | None

    def setting(self, name: str, default: str = "N") -> str:
        return text_of(self.settings, f"Parameters/{name}", default) or default


def shown(row: Row, column: Column) -> str:
    """A value as the XML has it: no null, only an empty element."""
    match row.values[column.at], column.kind:
        case None, _:
            return ""
        case Decimal() as number, _:
            return format(number, "f")
        case datetime() as moment, _:
            return moment.strftime("%Y-%m-%d")
        case int() as version, Kind.BINARY:
            return rowversion(version)
        case value, _:
            return str(value)
