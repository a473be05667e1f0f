"""Finds out which rows a path speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sandboxes.ifs_cloud.errors import bad_request, forbidden, not_found
from sandboxes.ifs_cloud.odata.keys import SEGMENT, key_of, shown
from sandboxes.ifs_cloud.odata.literals import Language
from sandboxes.ifs_cloud.schema import EntityType, Projection
from sandboxes.ifs_cloud.store import Row
from sandboxes.ifs_cloud.world import World


@dataclass(slots=True)
class Resource:
    """A set of rows, or with `key` one row of it. `pinned` is what the path before it fixes."""

    entity: EntityType
    name: str
    set_name: str
    pinned: dict[str, object] = field(default_factory=dict)
    key: dict[str, object] | None = None
    operation: str = ""
    count: bool = False


class Resolver:
    """Walks the segments behind `<Projection>.svc/`."""

    def __init__(self, world: World, projection: Projection, language: Language) -> None:
        self._world = world
        self._projection = projection
        self._language = language

    def resolve(self, segments: Sequence[str]) -> Resource:
        name, key = _parts(segments[0])
        type_name = self._projection.sets.get(name)
        if type_name is None:
            raise not_found(f"Cannot find EntitySet, Singleton, ActionImport or FunctionImport '{name}'.")
        entity = self._world.schema.types[type_name]
        self._check_limits(entity)
        found = Resource(entity, name, name)
        self._keyed(found, key)
        for at, segment in enumerate(segments[1:], start=2):
            if found.operation or found.count:
                raise bad_request(f"Nothing may follow '{segments[at - 2]}'.")
            found = self._step(found, segment)
        return found

    def row(self, resource: Resource) -> Row:
        """The one row; 404 where there is none, or none the user may see."""
        key = resource.key or {}
        row = self._world.table(resource.entity.name).get(key)
        if row is None or not self._world.visible(resource.entity, row) or self._astray(resource):
            raise not_found(f"There is no {resource.entity.name} with {shown(key)}.")
        return row

    def _step(self, found: Resource, segment: str) -> Resource:
        if segment == "$count" and found.key is None:
            found.count = True
            return found
        name, key = _parts(segment)
        if name.startswith("IfsApp."):
            return self._operation(found, name, key)
        if found.key is None:
            raise bad_request(f"The segment '{name}' needs one entity before it.")
        row = self.row(found)
        table = self._world.table(found.entity.name)
        if name in found.entity.collections:
            way = found.entity.collections[name]
            entity = self._world.schema.types[way.target]
            inner = Resource(entity, name, found.set_name, self._world.pinned(table, row, way))
            self._check_limits(entity)
            self._keyed(inner, key)
            return inner
        if name in found.entity.references and key is None:
            way = found.entity.references[name]
            target = self._world.pinned(table, row, way)
            return Resource(self._world.schema.types[way.target], name, found.set_name, key=target)
        raise not_found(f"The type '{found.entity.name}' has no navigation '{name}'.")

    def _operation(self, found: Resource, name: str, arguments: str | None) -> Resource:
        namespace, _, operation = name.rpartition(".")
        if namespace != f"IfsApp.{self._projection.name}":
            raise not_found(f"'{name}' is not known here.")
        default = f"{found.entity.name}_Default"
        on_set = found.key is None and operation == default and arguments == ""
        on_row = found.key is not None and operation in found.entity.actions and arguments is None
        if not on_set and not on_row:
            raise not_found(f"'{name}' is not known here.")
        found.operation = operation
        return found

    def _keyed(self, found: Resource, key: str | None) -> None:
        if key is not None:
            found.key = key_of(key, found.entity, self._language)

    def _astray(self, resource: Resource) -> bool:
        """Whether a nested key names another parent than the path does."""
        key = resource.key or {}
        return any(key.get(name, value) != value for name, value in resource.pinned.items())

    def _check_limits(self, entity: EntityType) -> None:
        options = self._world.options
        if (entity.site_attribute and options.allowed_sites == frozenset()) or (
            entity.company_attribute and options.allowed_companies == frozenset()
        ):
            raise forbidden("The user has no allowed company or site for this data.")


def _parts(segment: str) -> tuple[str, str | None]:
    match = SEGMENT.fullmatch(segment)
    if match is None:
        raise bad_request(f"The segment '{segment}' is malformed.")
    return match["name"], match["key"]
