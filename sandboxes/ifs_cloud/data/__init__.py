"""The first rows of a world: deterministic, mostly ordinary, odd where real data is odd."""

from sandboxes.ifs_cloud.data.customers import fill_customers
from sandboxes.ifs_cloud.data.sales import fill_sales
from sandboxes.ifs_cloud.data.surroundings import fill_surroundings
from sandboxes.ifs_cloud.world import World


def fill(world: World) -> None:
    fill_surroundings(world)
    parties = fill_customers(world)
    fill_sales(world, parties)
