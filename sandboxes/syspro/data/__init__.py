"""The first state of a site's companies."""

from functools import partial

from sandboxes.people import parties
from sandboxes.syspro.data.customers import fill_customers
from sandboxes.syspro.data.sales import fill_items, fill_sales
from sandboxes.syspro.world import World

ELSEWHERE = 12  # customers of each company but the first


def fill(worlds: list[World]) -> None:
    for at, world in enumerate(worlds):
        options = world.options
        count = options.customers if at == 0 else min(ELSEWHERE, options.customers)
        fill_customers(world, partial(parties, count, options.seed + 1000 * at))
        fill_items(world)
        fill_sales(world, options.orders if at == 0 else 0)
