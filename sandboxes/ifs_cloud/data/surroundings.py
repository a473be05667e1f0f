"""Companies, sites, the catalogue of projections."""

from datetime import date

from sandboxes.ifs_cloud.data.rows import row_maker, versions
from sandboxes.ifs_cloud.world import World

COMPANIES = (("10", "Nordvik Marine AB", "SE", "sv"), ("20", "Nordvik Marine GmbH", "DE", "de"))
SITES = (("S10", "Göteborg", "10"), ("S11", "Malmö", "10"), ("S20", "Köln", "20"))


def fill_surroundings(world: World) -> None:
    types = world.schema.types
    company = row_maker(types["Company"], "Company Name Country DefaultLanguage CreationDate")
    rows = [company((*values, date(2018, 1, 1))) for values in COMPANIES]
    world.table("Company").fill(rows, versions(world, 1))
    world.table("Site").fill([(*values,) for values in SITES], versions(world, 2))
    projections = [
        (one.name, f"{one.name} projection", one.api_class) for one in world.schema.projections.values()
    ]
    world.table("Projection").fill(projections, versions(world, 3))
