"""One request to a projection: who asks for what, by which clock, in which form."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property

from sandboxes.ifs_cloud.errors import HEADERS
from sandboxes.ifs_cloud.odata.literals import Language
from sandboxes.ifs_cloud.render import Renderer
from sandboxes.ifs_cloud.schema import EntityType, Projection
from sandboxes.ifs_cloud.world import World
from sandboxes.kit import Request, Response

AWARE_HEADER = "x-ifs-time-zone-aware-request"
Renderers = dict[tuple[str, tuple[str, ...] | None, bool, bool], Renderer]
MAX_RENDERERS = 500


@dataclass
class Exchange:
    """`root` is the projection's address up to `.svc/`; `path` what follows it, as sent."""

    request: Request
    world: World
    projection: Projection
    segment: str
    path: str
    renderers: Renderers

    @property
    def host_root(self) -> str:
        return f"/{self.segment}/ifsapplications/projection/v1/{self.projection.name}.svc/"

    @property
    def root(self) -> str:
        return f"http://{self.request.host}{self.host_root}"

    @cached_property
    def zone_aware(self) -> bool:
        """True UTC only where the API is made for it and the header asks for it."""
        asked = self.request.headers.get(AWARE_HEADER).lower() == "true"
        return asked and self.projection.name in self.world.options.zone_aware

    @property
    def zone(self) -> tzinfo:
        return UTC if self.zone_aware else self.world.zone

    @cached_property
    def text_numbers(self) -> bool:
        return "ieee754compatible=true" in self.request.headers.get("accept").replace(" ", "").lower()

    @cached_property
    def language(self) -> Language:
        options = self.world.options
        return Language(
            projection=self.projection.name,
            enums=self.world.schema.enums,
            zone=self.zone,
            unfilterable=options.unfilterable,
            refused_functions=options.refused_functions,
        )

    def renderer(self, entity: EntityType, selected: tuple[str, ...] | None = None) -> Renderer:
        """The same one for the same shape, so that the texts it cached are found again."""
        shape = (entity.name, selected, self.zone_aware, self.text_numbers)
        found = self.renderers.get(shape)
        if found is None:
            if len(self.renderers) >= MAX_RENDERERS:
                self.renderers.clear()
            found = Renderer(entity, selected, self.zone, text_numbers=self.text_numbers)
            self.renderers[shape] = found
        return found

    def answer(self, text: str, status: int = 200) -> Response:
        return Response(status, text.encode("utf-8"), HEADERS)
