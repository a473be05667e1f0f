"""What a projection tells about itself: service document, `$metadata`, `$openapi`."""

from collections.abc import Iterable
from json import dumps
from xml.sax.saxutils import quoteattr

from sandboxes.ifs_cloud.schema import Attribute, EntityType, Kind, Navigation, Projection, Schema

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"


def service_document(projection: Projection, root: str) -> str:
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in projection.sets]
    return dumps({"@odata.context": f"{root}$metadata", "value": sets}, separators=(",", ":"))


def csdl(projection: Projection, schema: Schema) -> str:
    """The entity types the projection's sets reach, the enumerations they use, and the container."""
    namespace = f"IfsApp.{projection.name}"
    types = reachable(projection, schema)
    enums = sorted({one.enum for entity in types for one in entity.attributes if one.enum})
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<edmx:Edmx Version="4.0" xmlns:edmx="{EDMX}"><edmx:DataServices>',
        f'<Schema xmlns="{EDM}" Namespace="{namespace}">',
        *(_enum(name, schema.enums[name]) for name in enums),
        *(_entity(entity, namespace, {one.name for one in types}) for entity in types),
        *(_action(entity, name, namespace) for entity in types for name in entity.actions),
        *(_default(entity, namespace) for entity in types),
        f'<EntityContainer Name="{projection.name}">',
        *(
            f'<EntitySet Name="{name}" EntityType="{namespace}.{type_name}"/>'
            for name, type_name in projection.sets.items()
        ),
        "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>",
    ]
    return "".join(parts)


def reachable(projection: Projection, schema: Schema) -> list[EntityType]:
    """Set by set and way by way, each type once."""
    found: dict[str, EntityType] = {}
    waiting = list(projection.sets.values())
    while waiting:
        entity = schema.types[waiting.pop(0)]
        if entity.name not in found:
            found[entity.name] = entity
            waiting += [way.target for way in entity.collections.values()]
            waiting += [way.target for way in entity.references.values()]
    return list(found.values())


def openapi(projection: Projection, schema: Schema, root: str, *, zone_aware: bool) -> str:
    """A sketch of the generated document: enough to find the sets, the class and the zone."""
    paths: dict[str, object] = {}
    for name, type_name in projection.sets.items():
        entity = schema.types[type_name]
        key = ",".join(f"{part}={{{part}}}" for part in entity.key)
        paths[f"/{name}"] = {"get": {"summary": f"Get all {name}", "responses": {"200": {}, "400": {}}}}
        paths[f"/{name}({key})"] = {
            "get": {"summary": f"Get {type_name}", "responses": {"200": {}, "404": {}}}
        }
    zone = "Timezone Information: server" if zone_aware else ""
    info = {"title": projection.name, "version": "1.0.0", "description": zone}
    shown = {"openapi": "3.0.0", "info": info, "servers": [{"url": root.rstrip("/")}], "paths": paths}
    return dumps({**shown, "x-api-class": projection.api_class}, separators=(",", ":"))


def _enum(name: str, members: Iterable[str]) -> str:
    listed = "".join(f'<Member Name="{one}" Value="{at}"/>' for at, one in enumerate(members))
    return f'<EnumType Name="{name}">{listed}</EnumType>'


def _entity(entity: EntityType, namespace: str, names: set[str]) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in entity.key)
    properties = "".join(_property(one, entity, namespace) for one in entity.attributes)
    system = "".join(
        f'<Property Name="{name}" Type="Edm.String"/>' for name in ("luname", "keyref", "Objgrants")
    )
    many = "".join(
        f"<NavigationProperty Name={quoteattr(way.name)}"
        f' Type="Collection({namespace}.{way.target})" ContainsTarget="true"/>'
        for way in entity.collections.values()
        if way.target in names
    )
    one = "".join(_reference(way, namespace) for way in entity.references.values() if way.target in names)
    return f'<EntityType Name="{entity.name}"><Key>{keys}</Key>{properties}{system}{many}{one}</EntityType>'


def _property(attribute: Attribute, entity: EntityType, namespace: str) -> str:
    enum = attribute.kind is Kind.ENUM
    kind = f"{namespace}.{attribute.enum}" if enum else attribute.kind.value
    length = f' MaxLength="{attribute.length}"' if attribute.length else ""
    scale = ' Scale="variable"' if attribute.kind is Kind.NUMBER else ""
    required = attribute.required or attribute.name in entity.key
    nullable = ' Nullable="false"' if required else ""
    return f'<Property Name="{attribute.name}" Type="{kind}"{length}{scale}{nullable}/>'


def _reference(way: Navigation, namespace: str) -> str:
    pairs = "".join(
        f'<ReferentialConstraint Property="{source[1:]}" ReferencedProperty="{name}"/>'
        for name, source in way.way.items()
    )
    return (
        f'<NavigationProperty Name="{way.name}" Type="{namespace}.{way.target}">{pairs}</NavigationProperty>'
    )


def _action(entity: EntityType, name: str, namespace: str) -> str:
    bound = f'<Parameter Name="BoundEntity" Type="{namespace}.{entity.name}" Nullable="false"/>'
    return f'<Action Name="{name}" IsBound="true">{bound}</Action>'


def _default(entity: EntityType, namespace: str) -> str:
    bound = f'<Parameter Name="BoundEntity" Type="Collection({namespace}.{entity.name})"/>'
    result = f'<ReturnType Type="{namespace}.{entity.name}"/>'
    return f'<Function Name="{entity.name}_Default" IsBound="true">{bound}{result}</Function>'
