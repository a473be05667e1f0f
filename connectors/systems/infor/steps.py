"""The steps of a ping, as each product brings its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

Found = tuple[str, dict[str, Any]]
"""What a step has to say, and its findings."""


class Trouble(Exception):
    """A step found something a person should know, though nothing failed."""

    def __init__(self, text: str, advice: str = "", found: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.text, self.advice, self.found = text, advice, found or {}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try.

    `needed`: its failing is a failure, not a warning; `stops`: nothing after it makes sense then.
    """

    name: str
    work: Callable[[], Found]
    needed: bool = True
    stops: bool = False


class Steps(Protocol):
    """What a product tries, cheapest first."""

    def steps(self) -> Iterator[Step]:
        """The steps, in order."""
        ...
