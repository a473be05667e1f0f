"""How a step of a ping is tried and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from connectors.sdk.errors import SystemFault
from connectors.sdk.system import Check, Outcome

Found = tuple[str, dict[str, Any]]
"""What a step has to say, and its findings."""


class Trouble(Exception):
    """A step found something a person should know, though nothing failed."""

    def __init__(self, said: str, advice: str = "", found: Mapping[str, Any] | None = None) -> None:
        super().__init__(said)
        self.text, self.advice, self.found = said, advice, dict(found or {})


def tried(name: str, step: Callable[[], Found], *, needed: bool = True) -> Check:
    """The check a step comes to; what is not needed only warns where it fails."""
    start = time.perf_counter()
    advice, outcome = "", Outcome.OK
    found: dict[str, Any] = {}
    try:
        said, found = step()
    except Trouble as trouble:
        said, advice, found, outcome = trouble.text, trouble.advice, trouble.found, Outcome.WARNING
    except SystemFault as fault:
        said, outcome = fault.text, Outcome.FAILED if needed else Outcome.WARNING
    return Check(name, outcome, said, advice, found, (time.perf_counter() - start) * 1000)
