"""Requests and responses as the sandboxes see them, and what a response may do on the wire."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

if TYPE_CHECKING:
    from sandboxes.kit.faults import Fault

JSON = "application/json"

HeaderList = Iterable[tuple[str, str]] | Mapping[str, str]
Body = bytes | str | Mapping[str, object] | list[object] | None


class BadBody(ValueError):
    """The body is not what its content type says."""


def parse_query(raw: str, *, plus_is_space: bool = False) -> dict[str, list[str]]:
    """`a=1&a=2` as lists. The strict way keeps `+` as `+`; forms decode it as a space."""
    decode = unquote_plus if plus_is_space else unquote
    found: dict[str, list[str]] = {}
    for part in raw.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.setdefault(decode(name), []).append(decode(value))
    return found


class Headers:
    """Header fields by name, whatever the case. Repeated fields are joined as HTTP says."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, str] = {}
        for name, value in fields:
            key = name.lower()
            held = self._fields.get(key)
            self._fields[key] = value if held is None else f"{held}, {value}"

    def get(self, name: str, default: str = "") -> str:
        return self._fields.get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def items(self) -> Iterable[tuple[str, str]]:
        return self._fields.items()


class Request:
    """One request. `path` is decoded; `raw_path` is as sent, for names that may hold an encoded slash."""

    def __init__(
        self, method: str, target: str, headers: Headers, body: bytes = b"", *, connection: int = 0
    ) -> None:
        self.method = method
        self.raw_path, _, self.raw_query = target.partition("?")
        self.headers = headers
        self.body = body
        self.connection = connection
        self.fault: Fault | None = None
        self.template = ""  # a vendor sets it where the kit's guess is not good enough
        self.seq = 0

    @cached_property
    def path(self) -> str:
        return unquote(self.raw_path)

    @cached_property
    def segments(self) -> list[str]:
        """The path split on its slashes first and decoded afterwards, so `%2F` stays inside its segment."""
        return [unquote(part) for part in self.raw_path.strip("/").split("/")]

    @cached_property
    def query(self) -> dict[str, list[str]]:
        return parse_query(self.raw_query)

    @cached_property
    def form_query(self) -> dict[str, list[str]]:
        return parse_query(self.raw_query, plus_is_space=True)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type").partition(";")[0].strip().lower()

    @property
    def host(self) -> str:
        return self.headers.get("host")

    @cached_property
    def cookies(self) -> dict[str, str]:
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie").split(";"))
        return {name: value for name, _, value in pairs if name}

    def json(self) -> object:
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadBody(str(error)) from error
        return parsed

    def form(self) -> dict[str, list[str]]:
        try:
            return parse_query(self.body.decode("utf-8"), plus_is_space=True)
        except UnicodeDecodeError as error:
            raise BadBody(str(error)) from error


@dataclass(frozen=True, slots=True)
class Wire:
    """How a response misbehaves below HTTP."""

    drop: bool = False  # never answer
    hang: float = 0.0  # seconds of silence first; ends early when the client goes away
    cut: int | None = None  # send this many bytes of the body, then close the connection
    drip: float = 0.0  # spread the body over so many seconds
    flood: int = 0  # stream a body of so many bytes instead of `body`


class Response:
    """Status, headers, body. A mapping or list becomes JSON; text becomes UTF-8."""

    __slots__ = ("body", "headers", "status", "wire")

    def __init__(
        self, status: int = 200, body: Body = None, headers: HeaderList = (), *, wire: Wire | None = None
    ) -> None:
        self.status = status
        self.headers: list[tuple[str, str]] = list(
            headers.items() if isinstance(headers, Mapping) else headers
        )
        self.wire = wire
        match body:
            case None:
                self.body = b""
            case bytes():
                self.body = body
            case str():
                self.body = body.encode("utf-8")
                self._default_type("text/plain; charset=utf-8")
            case _:
                self.body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
                self._default_type(JSON)

    def header(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), default)

    def set_header(self, name: str, value: str) -> None:
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        self.headers.append((name, value))

    def json(self) -> object:
        parsed: object = json.loads(self.body)
        return parsed

    def _default_type(self, content_type: str) -> None:
        if not self.header("content-type"):
            self.headers.append(("Content-Type", content_type))
