"""What filters found, remembered until something they looked at changes."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

REMEMBERED = 16


class Found(Generic[T]):
    """The latest results by key; the key names the version of what was searched."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, ...], list[T]] = OrderedDict()

    def get(self, key: tuple[object, ...], find: Callable[[], list[T]]) -> list[T]:
        if key not in self._held:
            self._held[key] = find()
            while len(self._held) > REMEMBERED:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]
