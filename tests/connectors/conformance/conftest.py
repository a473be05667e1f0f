"""Gives every check every case it is about: `case`, or `bench` with one of its streams or sinks.

A test asks by the name of its argument: `read` a stream with pages, `streamed` any stream, `fetched` one that
can be asked for keys, `silent` one whose vendor may answer with nothing, `read_with_session` one behind a
log-in that can end; `sunk` a sink, `stealing` and `refusing` sinks whose case says how; `change` a stream and
one thing that may happen to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.connectors.conformance.case import Bench, Case, SinkCase, StreamCase
from tests.connectors.conformance.cases import CASES
from tests.connectors.conformance.reading import pinged

Param = Any


def _streams(case: Case) -> list[StreamCase]:
    return list(case.streams)


def _read(case: Case) -> list[StreamCase]:
    return [
        spec for spec in case.streams if not spec.samples and not case.system.streams[spec.name].on_demand
    ]


def _fetched(case: Case) -> list[StreamCase]:
    return [spec for spec in case.streams if not spec.samples]


def _sinks(case: Case) -> list[SinkCase]:
    return list(case.sinks)


_PARTS: dict[str, Any] = {
    "streamed": _streams,
    "read": _read,
    "fetched": _fetched,
    "silent": lambda case: [spec for spec in _read(case) if spec.silence],
    "sunk": _sinks,
    "stealing": lambda case: [spec for spec in case.sinks if spec.steals],
    "refusing": lambda case: [spec for spec in case.sinks if spec.refusal],
    "read_with_session": lambda case: _read(case) if case.end_session else [],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names, test = metafunc.fixturenames, metafunc.function.__name__
    if "change" in names:
        params = [
            _param(case, test, spec.name, (spec, happening), told)
            for case in CASES
            for spec in _read(case)
            for told, happening in spec.changes.items()
        ]
        metafunc.parametrize("bench,change", params, indirect=["bench"])
        return
    for argument, parts in _PARTS.items():
        if argument in names:
            params = [_param(case, test, spec.name, spec) for case in CASES for spec in parts(case)]
            metafunc.parametrize(f"bench,{argument}", params, indirect=["bench"])
            return
    if "bench" in names:
        metafunc.parametrize(
            "bench", [_param(case, test, "") for case in CASES if case.is_main], indirect=True
        )
    elif "case" in names:
        metafunc.parametrize("case", [_param(case, test, "") for case in CASES if case.is_main])


def _param(case: Case, test: str, part: str, value: Any = None, told: str = "") -> Param:
    check = test.removeprefix("test_")
    names = (f"{check}[{part}: {told}]", f"{check}[{part}]", check)
    why = next((case.known[name] for name in names if name in case.known), "")
    marks = [pytest.mark.xfail(reason=why, strict=True)] if why else []
    name = "-".join(filter(None, (case.name, part, told)))
    return pytest.param(*((case, value) if value is not None else (case,)), id=name, marks=marks)


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The case's sandbox, pinged: what a ping found is what streams and sinks go by."""
    case: Case = request.param
    with pinged(case) as found:
        yield found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the HTTP layer's second tries, so that each fault comes out where it happened."""
    monkeypatch.setattr("connectors.sdk.http.READ_TRIES", 1)
