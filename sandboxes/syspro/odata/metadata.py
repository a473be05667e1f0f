"""What the service tells about itself: the list of tables, and `$metadata`."""

from collections.abc import Iterable
from json import dumps
from xml.sax.saxutils import quoteattr

from sandboxes.syspro.schema import Column, Kind, Shape

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"


def service_document(shapes: Iterable[str], root: str) -> str:
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in shapes]
    return dumps({"@odata.context": f"{root}/$metadata", "value": sets}, separators=(",", ":"))


def csdl(shapes: Iterable[Shape]) -> str:
    shapes = list(shapes)
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<edmx:Edmx Version="4.0" xmlns:edmx="{EDMX}"><edmx:DataServices>',
        f'<Schema Namespace="SYSPRO" xmlns="{EDM}">',
        *(_entity(shape) for shape in shapes),
        '<EntityContainer Name="Container">',
        *(f'<EntitySet Name="{shape.name}" EntityType="SYSPRO.{shape.name}"/>' for shape in shapes),
        "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>",
    ]
    return "".join(parts)


def _entity(shape: Shape) -> str:
    key = "".join(f"<PropertyRef Name={quoteattr(name)}/>" for name in shape.key)
    properties = "".join(_property(column, shape.key) for column in shape.columns.values())
    return f"<EntityType Name={quoteattr(shape.name)}><Key>{key}</Key>{properties}</EntityType>"


def _property(column: Column, key: tuple[str, ...]) -> str:
    facets = f' MaxLength="{column.length}"' if column.length else ""
    if column.kind is Kind.NUMBER:
        facets = f' Scale="{column.places}"'
    required = ' Nullable="false"' if column.name in key else ""
    return f'<Property Name={quoteattr(column.name)} Type="{column.kind}"{facets}{required}/>'
