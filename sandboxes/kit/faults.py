"""Misbehaviour on demand: which requests go wrong, how, how often."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock

from sandboxes.kit.message import Request

Match = str | Mapping[str, str] | Callable[[Request], bool] | None

# Kinds the kit carries out itself; a sandbox adds those that need to know the vendor.
GENERIC_KINDS = frozenset(
    {"status", "timeout_before", "timeout_after", "cut", "html", "slow", "huge", "redirect", "garbage"}
)


class UnknownFault(ValueError):
    """No such kind of fault."""


@dataclass(slots=True)
class Fault:
    """One planned fault. `times=None` means for ever; `after` lets that many matching requests pass first."""

    id: int
    match: Match
    kind: str
    times: int | None = 1
    after: int = 0
    every: int = 1  # of the matching requests after those, only every n-th
    args: dict[str, object] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0

    def number(self, name: str, default: float) -> float:
        value = self.args.get(name, default)
        return float(value) if isinstance(value, int | float) else default

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name, default)
        return value if isinstance(value, str) else default

    def flag(self, name: str, *, default: bool = False) -> bool:
        return bool(self.args.get(name, default))

    def described(self) -> dict[str, object]:
        match = "callable" if callable(self.match) else self.match
        return {
            "id": self.id, "match": match, "kind": self.kind, "times": self.times, "after": self.after,
            "every": self.every, "args": self.args, "seen": self.seen, "hits": self.hits,
        }  # fmt: skip

    def takes(self, request: Request) -> bool:
        """Whether this request is hit. Counts it either way, so ask once per request."""
        if (self.times is not None and self.hits >= self.times) or not matches(self.match, request):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.seen - self.after - 1) % self.every:
            return False
        self.hits += 1
        return True


def matches(match: Match, request: Request) -> bool:
    """`None`: every request. Text: a path glob or `METHOD glob`. A mapping: all of its conditions."""
    if match is None:
        return True
    if isinstance(match, str):
        method, _, glob = match.rpartition(" ")
        return method in {"", request.method} and fnmatchcase(request.path, glob)
    if isinstance(match, Mapping):
        return all(_holds(name, wanted, request) for name, wanted in match.items())
    return match(request)


def _holds(name: str, wanted: str, request: Request) -> bool:
    match name:
        case "method":
            return request.method == wanted
        case "path":
            return fnmatchcase(request.path, wanted)
        case "query":  # the decoded query contains this text
            return any(
                wanted in f"{key}={value}" for key, values in request.query.items() for value in values
            )
        case "body":  # the body contains this text
            return wanted.encode("utf-8") in request.body
        case _ if name.startswith("header:"):
            return request.headers.get(name.removeprefix("header:")) == wanted
        case _:
            raise UnknownFault(f"a fault cannot match on {name!r}")


class Faults:
    """The planned faults of one sandbox, first match wins."""

    def __init__(self, kinds: Iterable[str] = ()) -> None:
        self.kinds = GENERIC_KINDS | frozenset(kinds)
        self._lock = Lock()
        self._planned: list[Fault] = []
        self._next_id = 1

    def add(
        self, match: Match = None, kind: str = "status", *, times: int | None = 1, after: int = 0,
        every: int = 1, **args: object,
    ) -> Fault:  # fmt: skip
        if kind not in self.kinds:
            raise UnknownFault(f"no fault of kind {kind!r}; there are {', '.join(sorted(self.kinds))}")
        if isinstance(match, Mapping):
            for name in match:
                if name not in {"method", "path", "query", "body"} and not name.startswith("header:"):
                    raise UnknownFault(f"a fault cannot match on {name!r}")
        with self._lock:
            fault = Fault(self._next_id, match, kind, times, after, max(1, every), args)
            self._next_id += 1
            self._planned.append(fault)
        return fault

    def take(self, request: Request) -> Fault | None:
        if not self._planned:
            return None
        with self._lock:
            return next((fault for fault in self._planned if fault.takes(request)), None)

    def planned(self) -> list[Fault]:
        with self._lock:
            return list(self._planned)

    def remove(self, fault_id: int) -> None:
        with self._lock:
            self._planned = [fault for fault in self._planned if fault.id != fault_id]

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
