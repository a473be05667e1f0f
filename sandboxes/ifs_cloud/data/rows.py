"""Rows made by the hundred thousand: values in the order of the attributes, versions from a calendar."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count

from sandboxes.ifs_cloud.schema import EntityType
from sandboxes.ifs_cloud.store import Values
from sandboxes.ifs_cloud.world import World

DAYS = 900  # before the world was built; versions and dates lie in that time


def row_maker(entity: EntityType, names: str) -> Callable[[Sequence[object]], Values]:
    """A function from the values of these attributes to a row; the other attributes are null."""
    position = entity.position
    slots = [position[name] for name in names.split()]
    if slots == list(range(len(slots))):
        tail = (None,) * (len(position) - len(slots))
        return lambda values: (*values, *tail)

    def made(values: Sequence[object]) -> Values:
        row: list[object] = [None] * len(position)
        for slot, value in zip(slots, values, strict=True):
            row[slot] = value
        return tuple(row)

    return made


def versions(world: World, step: int) -> Iterator[int]:
    """Object versions of some 900 days, without end, never younger than the world."""
    start = world.options.built_at - timedelta(days=DAYS)
    moments = (start + timedelta(days=day, seconds=day * step % 86_400) for day in range(DAYS))
    calendar = [world.versions.at(moment) for moment in moments]
    return (calendar[number * 37 % DAYS] for number in count(step))
