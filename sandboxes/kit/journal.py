"""What was asked of a sandbox, and which record was written how often."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from hashlib import blake2b
from sys import intern
from threading import Lock

from sandboxes.kit.message import Request, Response

EFFECTS = ("created", "updated", "unchanged", "deleted")
KEPT_CALLS = 250_000
KEPT_HEADERS = ("if-match", "user-agent")

_KEYS = re.compile(r"\((?:[^()']|'(?:[^']|'')*')+\)")
_ID = re.compile(r"(?<=/)(?:(?!\d+\.\d+(?:/|$))[0-9][^/]*|[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f-]{27})(?=/|$)")


def guessed_template(path: str) -> str:
    """The path with its keys and ids replaced by `*`."""
    return _ID.sub("*", _KEYS.sub("(*)", path))


@dataclass(frozen=True, slots=True)
class Call:
    """One request and what it got. The body itself is kept only when the journal was told to."""

    seq: int
    at: float
    method: str
    path: str
    template: str
    query: str
    headers: dict[str, str]
    body_size: int
    body_digest: str
    status: int
    response_size: int
    connection: int
    fault: str
    body: bytes | None

    def described(self) -> dict[str, object]:
        shown = asdict(self)
        shown["at"] = datetime.fromtimestamp(self.at, UTC).isoformat()
        shown["body"] = None if self.body is None else self.body.decode("utf-8", "replace")
        return shown


@dataclass(slots=True)
class Writes:
    """How often one record was written, by effect. `unchanged` counts writes that were not needed."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0

    @property
    def total(self) -> int:
        return self.created + self.updated + self.unchanged + self.deleted


@dataclass(slots=True)
class Journal:
    """Counters live for ever and cost nothing; the calls themselves are the latest `KEPT_CALLS`.

    `headers` names the request headers that are kept with a call, in lower case; a sandbox may add its own.
    """

    keep_bodies: bool = False
    headers: tuple[str, ...] = KEPT_HEADERS
    _calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))
    _counts: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    _writes: dict[str, dict[str, Writes]] = field(default_factory=dict)
    _last: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def last(self) -> int:
        """The number of the latest call; calls after a moment are `calls(since=that number)`."""
        return self._last

    def record(self, request: Request, response: Response, at: float, fault: str = "") -> Call:
        template = intern(request.template or guessed_template(request.path))
        size, body = len(request.body), request.body
        headers = {name: request.headers[name] for name in self.headers if name in request.headers}
        with self._lock:
            self._last = request.seq = self._last + 1
            call = Call(
                seq=self._last, at=at, method=intern(request.method), path=request.path, template=template,
                query=request.raw_query, headers=headers,
                body_size=size, body_digest=blake2b(body, digest_size=8).hexdigest() if size else "",
                status=response.status, response_size=len(response.body), connection=request.connection,
                fault=fault, body=body if self.keep_bodies and size else None,
            )  # fmt: skip
            self._calls.append(call)
            self._counts[(request.method, template, response.status)] += 1
        return call

    def wrote(self, kind: str, key: str, effect: str) -> None:
        """A sandbox calls this for each record a request wrote: `effect` is one of `EFFECTS`."""
        if effect not in EFFECTS:
            raise ValueError(f"no write effect {effect!r}")
        with self._lock:
            held = self._writes.setdefault(kind, {}).setdefault(key, Writes())
            setattr(held, effect, getattr(held, effect) + 1)

    def calls(
        self, *, since: int = 0, method: str = "", path: str = "", status: int | None = None,
        where: Callable[[Call], bool] | None = None,
    ) -> list[Call]:  # fmt: skip
        """Calls after number `since`, oldest first. `path` is a glob."""
        found = []
        for call in self._newest(since):
            if (method and call.method != method) or (path and not fnmatchcase(call.path, path)):
                continue
            if (status is not None and call.status != status) or (where and not where(call)):
                continue
            found.append(call)
        return found[::-1]

    def counts(self) -> dict[str, dict[str, int]]:
        """`{"GET /a/*": {"200": 3}}` over everything since the journal was cleared."""
        shown: dict[str, dict[str, int]] = {}
        with self._lock:
            entries = sorted(self._counts.items())
        for (method, template, status), count in entries:
            shown.setdefault(f"{method} {template}", {})[str(status)] = count
        return shown

    def total(self, method: str = "", path: str = "*") -> int:
        with self._lock:
            entries = list(self._counts.items())
        return sum(
            count for (held, template, _), count in entries
            if method in {"", held} and fnmatchcase(template, path)
        )  # fmt: skip

    def writes(self, kind: str = "") -> dict[str, Writes]:
        """Writes per record key: of one kind of record, or of all as `kind:key`."""
        with self._lock:
            if kind:
                return dict(self._writes.get(kind, {}))
            return {
                f"{name}:{key}": held for name, keys in self._writes.items() for key, held in keys.items()
            }

    def repeated(self, kind: str = "") -> dict[str, Writes]:
        """Records written more than once."""
        return {key: held for key, held in self.writes(kind).items() if held.total > 1}

    def needless(self, kind: str = "") -> dict[str, Writes]:
        """Records that were sent although the sandbox already held exactly that."""
        return {key: held for key, held in self.writes(kind).items() if held.unchanged}

    def write_summary(self) -> dict[str, dict[str, int]]:
        with self._lock:
            kinds = {kind: list(keys.values()) for kind, keys in self._writes.items()}
        return {kind: _summed(held) for kind, held in sorted(kinds.items())}

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._counts.clear()
            self._writes.clear()

    def _newest(self, since: int) -> Iterator[Call]:
        with self._lock:
            wanted = min(self._last - since, len(self._calls))
            calls = [self._calls[-index] for index in range(1, wanted + 1)] if wanted < 1000 else None
            calls = calls if calls is not None else list(self._calls)[-wanted:][::-1]
        yield from calls


def _summed(held: Iterable[Writes]) -> dict[str, int]:
    held = list(held)
    return {
        "records": len(held),
        "writes": sum(one.total for one in held),
        "created": sum(one.created for one in held),
        "updated": sum(one.updated for one in held),
        "unchanged": sum(one.unchanged for one in held),
        "deleted": sum(one.deleted for one in held),
        "repeated": sum(1 for one in held if one.total > 1),
    }
