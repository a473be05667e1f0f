"""Checks what goes over the wire against the vendor's machine-readable contract.

One line switches it on for a sandbox, whoever calls it:

    with watching(sandbox):
        ...

Every answer, and every request the sandbox accepted, must then fit the OpenAPI file; leaving the block
fails otherwise. Without the file (MLC_CONTRACTS) `watching` does nothing; `contract_or_skip` skips.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from sandboxes.kit import Request, Response, Sandbox

FILE = "mailchimp/marketing.openapi3.strict.json"
JSON_TYPES = frozenset({"application/json", "application/problem+json"})

# Where the file says something else than the vendor's pages and what was seen of the vendor:
EXCEPTIONS = {
    ("problem", "type"): "the file requires `type`; many real answers lack it",
    ("request", "params"): "the file closes the query parameters of a batch's operation; any may be given",
    ("query", "boolean"): "the file says boolean; the vendor reads true, false, 1 and 0 in any case",
}
# Answers that come without a body at exceptional volume.
BODILESS = frozenset({403, 429})
# Texts of these names are part of a row's shape, so that each value of them is looked at.
TELLING = frozenset({"status", "status_if_new", "type", "method", "error_code", "activity_type", "action"})
ALIKE_KEPT = 1

Json = dict[str, object]


class Fault(Protocol):
    """What a validator finds."""

    validator: object  # the rule of the schema that is broken
    message: str
    absolute_path: Iterable[object]


class Validator(Protocol):
    def iter_errors(self, instance: object, /) -> Iterator[Fault]: ...


class ContractBroken(AssertionError):
    """Something on the wire does not fit the contract."""


class Contract:
    """The OpenAPI file, with a validator for each body, made when it is first needed."""

    def __init__(self, document: Json) -> None:
        self._paths: dict[str, Json] = document["paths"]  # type: ignore[assignment]
        self._components = document["components"]
        self._closed = _closed(document["components"])
        self._by_length: dict[int, list[tuple[list[str], str]]] = {}
        for path in self._paths:
            parts = path.strip("/").split("/")
            self._by_length.setdefault(len(parts), []).append((parts, path))
        for known in self._by_length.values():  # words before placeholders
            known.sort(key=lambda entry: [part.startswith("{") for part in entry[0]])
        self._validators: dict[tuple[str, str, str], Validator | None] = {}

    def faults(self, request: Request, response: Response) -> list[str]:
        """What is wrong with one exchange."""
        path = self.path_of(request)
        operation = self._operation(path, request.method)
        if operation is None:
            return [] if response.status >= 400 else ["the contract has no such operation"]
        found = self._response_faults(path, request.method, operation, response)
        if response.status < 400:
            found += self._query_faults(operation, request)
            found += self._request_faults(path, request.method, operation, request)
        return found

    def path_of(self, request: Request) -> str:
        given = [unquote(part) for part in request.raw_path.strip("/").split("/")]
        for parts, path in self._by_length.get(len(given), ()):
            if all(part.startswith("{") or part == word for part, word in zip(parts, given, strict=True)):
                return path
        return ""

    def _operation(self, path: str, method: str) -> Json | None:
        found = self._paths.get(path, {}).get(method.lower())
        return found if isinstance(found, dict) else None

    def _request_faults(self, path: str, method: str, operation: Json, request: Request) -> list[str]:
        body = operation.get("requestBody")
        if body is None:
            return ["a body where none is described"] if request.body and method != "DELETE" else []
        return self._check("request", path, method, _schema(body), request.body, self._components)

    def _response_faults(self, path: str, method: str, operation: Json, response: Response) -> list[str]:
        described: Mapping[str, object] = operation["responses"]  # type: ignore[assignment]
        if response.status >= 400:
            if not response.body and response.status in BODILESS:
                return []
            schema = _schema(described["default"])
            return self._check("problem", path, method, schema, response.body, self._closed)
        if str(response.status) not in described:
            return [f"status {response.status} is not described"]
        if response.status == 204:
            return ["a body in a 204"] if response.body else []
        schema = _schema(described[str(response.status)])
        return self._check("response", path, method, schema, response.body, self._closed)

    def _check(  # noqa: PLR0917
        self, kind: str, path: str, method: str, schema: object, raw: bytes, components: object
    ) -> list[str]:
        key = (kind, "" if kind == "problem" else path, method)
        if key not in self._validators:
            self._validators[key] = _validator(schema, components) if isinstance(schema, dict) else None
        validator = self._validators[key]
        try:
            value = thinned(json.loads(raw))
        except ValueError as error:
            return [f"{kind}: no JSON: {error}"]
        if validator is None:
            return []
        return [
            f"{kind}: {'.'.join(map(str, fault.absolute_path)) or 'body'}: {fault.message[:300]}"
            for fault in validator.iter_errors(value)
            if not _is_excepted(kind, fault)
        ]

    @staticmethod
    def _query_faults(operation: Json, request: Request) -> list[str]:
        parameters = operation.get("parameters", [])
        assert isinstance(parameters, list)
        known: dict[str, Json] = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
        found = []
        for name, value in parse_qsl(request.raw_query, keep_blank_values=True):
            if name not in known:
                found.append(f"query: there is no parameter {name}")
            elif not _fits(value, known[name]):
                found.append(f"query: {name}={value} does not fit {json.dumps(known[name])[:200]}")
        return found


def _is_excepted(kind: str, fault: Fault) -> bool:
    """Whether a fault is one of EXCEPTIONS."""
    if kind == "problem":
        return fault.validator == "required" and "'type'" in fault.message
    place = list(fault.absolute_path)
    return bool(place) and (kind, place[-1]) in EXCEPTIONS


def _fits(value: str, schema: Json) -> bool:
    if "enum" in schema:
        return value in schema["enum"]  # type: ignore[operator]
    match schema.get("type"):
        case "integer":
            most = schema.get("maximum")
            return value.isdecimal() and (not isinstance(most, int) or int(value) <= most)
        case "boolean":
            return value.lower() in {"true", "false", "1", "0"}
        case _:
            return True


def _schema(described: object) -> object:
    """The JSON schema of a body or an answer."""
    content = described.get("content", {}) if isinstance(described, dict) else {}
    return next((one["schema"] for name, one in content.items() if name in JSON_TYPES), None)


def _validator(schema: Json, components: object) -> Validator:
    whole = {**schema, "components": components}
    return OAS30Validator(whole, format_checker=oas30_format_checker)  # type: ignore[no-any-return]


def _closed(value: object) -> object:
    """A copy in which an object with described properties has no others: answers may not invent fields."""
    if isinstance(value, list):
        return [_closed(one) for one in value]
    if not isinstance(value, dict):
        return value
    copy = {name: _closed(one) for name, one in value.items()}
    if copy.get("type") == "object" and isinstance(copy.get("properties"), dict):
        copy.setdefault("additionalProperties", False)
    return copy


def thinned(value: object) -> object:
    """Rows that are made alike are checked once, so that 500 of them cost little more than one."""
    if isinstance(value, dict):
        return {name: thinned(one) for name, one in value.items()}
    if not isinstance(value, list):
        return value
    kinds: dict[object, int] = {}
    kept = []
    for one in value:
        kind = _signature("", one)
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] <= ALIKE_KEPT:
            kept.append(thinned(one))
    return kept


def _signature(name: str, value: object) -> object:
    if isinstance(value, dict):
        return tuple((key, _signature(key, one)) for key, one in value.items())
    if isinstance(value, list):
        return (list, frozenset(_signature("", one) for one in value))
    if isinstance(value, str):
        return value if name in TELLING else (str, len(value) > 50, not value)
    return type(value)


def contract_file() -> Path:
    folder = os.environ.get("MLC_CONTRACTS") or Path(__file__).parents[4] / "shared" / "contracts" / "data"
    return Path(folder) / FILE


@cache
def contract() -> Contract | None:
    file = contract_file()
    return Contract(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def contract_or_skip() -> Contract:
    found = contract()
    if found is None:
        pytest.skip(f"the vendor's OpenAPI file is not at {contract_file()}; set MLC_CONTRACTS")
    return found


@contextmanager
def watching(sandbox: Sandbox) -> Iterator[list[str]]:
    """Checks every call to the API of this sandbox; what is broken is listed, and fails at the end."""
    checker, handle = contract(), sandbox.handle
    broken: list[str] = []

    def watched(request: Request) -> Response:
        response = handle(request)
        if checker is not None and request.raw_path.startswith("/3.0"):
            told = f"{request.method} {request.raw_path} -> {response.status}"
            broken.extend(f"{told}: {fault}" for fault in checker.faults(request, response))
        return response

    sandbox.handle = watched  # type: ignore[method-assign]
    try:
        yield broken
    finally:
        sandbox.handle = handle  # type: ignore[method-assign]
    if broken:
        raise ContractBroken("\n".join(dict.fromkeys(broken)))
