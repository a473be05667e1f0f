"""Steering a sandbox over HTTP, and what its journal can prove."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime

import pytest

from sandboxes.kit import Clock, Mutation, Request, Response, Sandbox, UnknownFault, serve
from sandboxes.kit.journal import Journal, guessed_template


class Shelf(Sandbox):
    """Remembers what was put on it."""

    name = "shelf"
    fault_kinds = frozenset({"own"})

    def __init__(self) -> None:
        super().__init__()
        self.things = {"a": 1}

    def rebuild(self) -> None:
        self.things = {"a": 1}

    def handle(self, request: Request) -> Response:
        if request.fault is not None:
            return Response(418, {"fault": request.fault.kind})
        self.journal.wrote("thing", request.segments[-1], "updated")
        return Response(200, {"ok": True})

    def state(self, collection: str = "", key: str = "") -> object:
        return {"things": self.things, "collection": collection, "key": key}

    def mutations(self) -> Mapping[str, Mutation]:
        return {"put": self._put}

    def _put(self, name: str, number: int) -> object:
        self.things[name] = number
        return {"count": len(self.things)}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


class Remote:
    """A process that knows only the address."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as client:
            client.request(method, path, None if body is None else json.dumps(body))
            response = client.getresponse()
            parsed = json.loads(response.read())
        assert isinstance(parsed, dict)
        return response.status, parsed


@pytest.fixture
def remote(shelf: Shelf) -> Iterator[Remote]:
    with serve(shelf) as server:
        yield Remote(server.port)


def test_control_calls_are_not_journalled(remote: Remote, shelf: Shelf) -> None:
    assert remote("GET", "/_sandbox/health")[1]["name"] == "shelf"
    assert shelf.journal.calls() == []


def test_the_journal_is_read_since_a_number_and_filtered(remote: Remote) -> None:
    for path in ("/x/1", "/x/2", "/y/3"):
        remote("GET", path)
    status, journal = remote("GET", "/_sandbox/journal?since=1&path=/x/*")
    calls = journal["calls"]
    assert isinstance(calls, list)
    assert (status, journal["last"], [call["path"] for call in calls]) == (200, 3, ["/x/2"])
    assert remote("GET", "/_sandbox/journal/counts")[1]["counts"] == {
        "GET /x/*": {"200": 2},
        "GET /y/*": {"200": 1},
    }


def test_the_journal_counts_writes_per_record(remote: Remote) -> None:
    for key in ("1", "2", "1"):
        remote("PUT", f"/x/{key}")
    status, writes = remote("GET", "/_sandbox/journal/writes?kind=thing")
    assert status == 200
    assert writes["repeated"] == {"1": {"created": 0, "updated": 2, "unchanged": 0, "deleted": 0}}
    assert writes["summary"] == {
        "thing": {
            "records": 2,
            "writes": 3,
            "created": 0,
            "updated": 3,
            "unchanged": 0,
            "deleted": 0,
            "repeated": 1,
        }
    }


def test_bodies_are_kept_only_when_asked_for(remote: Remote, shelf: Shelf) -> None:
    remote("PUT", "/x/1", {"secret": 1})
    remote("POST", "/_sandbox/journal", {"keep_bodies": True})
    remote("PUT", "/x/2", {"shown": 1})
    assert [call.body for call in shelf.journal.calls()] == [None, b'{"shown": 1}']
    assert all(call.body_digest for call in shelf.journal.calls())


def test_a_fault_is_planned_and_cleared_over_http(remote: Remote) -> None:
    status, fault = remote(
        "POST", "/_sandbox/faults", {"match": {"path": "/x/*"}, "kind": "own", "times": None}
    )
    assert (status, fault["kind"]) == (200, "own")
    assert remote("GET", "/x/1")[0] == 418
    assert remote("GET", "/y/1")[0] == 200
    remote("DELETE", "/_sandbox/faults")
    assert remote("GET", "/x/1")[0] == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sandbox/faults", {"kind": "no such kind"}),
        ("/_sandbox/faults", {"kind": "html", "match": {"colour": "red"}}),
        ("/_sandbox/mutate", {"action": "no such action"}),
        ("/_sandbox/mutate", {"action": "put", "wrong": 1}),
        ("/_sandbox/clock", {"advance": "soon"}),
        ("/_sandbox/clock", {"set": "2026-01-01"}),
        ("/_sandbox/nothing", {}),
    ],
)
def test_a_control_call_that_makes_no_sense_says_so(remote: Remote, path: str, body: object) -> None:
    status, answer = remote("POST", path, body)
    assert status == 400
    assert answer["error"]


def test_a_mutation_changes_the_state_and_a_reset_takes_everything_back(remote: Remote, shelf: Shelf) -> None:
    assert remote("POST", "/_sandbox/mutate", {"action": "put", "name": "b", "number": 2})[1]["result"] == {
        "count": 2
    }
    assert remote("GET", "/_sandbox/state?collection=c&key=k")[1] == {
        "things": {"a": 1, "b": 2}, "collection": "c", "key": "k",
    }  # fmt: skip
    shelf.faults.add(kind="own")
    remote("GET", "/x/9")
    remote("POST", "/_sandbox/reset")
    assert shelf.things == {"a": 1}
    assert (shelf.faults.planned(), shelf.journal.calls(), shelf.journal.writes()) == ([], [], {})


def test_the_clock_can_be_moved_set_and_frozen(remote: Remote, shelf: Shelf) -> None:
    remote("POST", "/_sandbox/clock", {"set": "2030-01-01T00:00:00Z"})
    remote("POST", "/_sandbox/clock", {"freeze": True})
    before = shelf.clock.now()
    remote("POST", "/_sandbox/clock", {"advance": 3600})
    assert before.year == 2030
    assert (shelf.clock.now() - before).total_seconds() == 3600


def test_a_frozen_clock_stands_still() -> None:
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.reset()
    assert clock.now().year > 2025


def test_an_unknown_kind_of_fault_is_refused_at_once(shelf: Shelf) -> None:
    with pytest.raises(UnknownFault):
        shelf.faults.add(kind="explode")


def test_a_fault_matches_on_method_query_body_and_header(remote: Remote, shelf: Shelf) -> None:
    shelf.faults.add({"method": "PUT", "query": "q=1", "body": "needle", "header:host": "nowhere"}, "own")
    assert remote("PUT", "/x/1?q=1", "needle")[0] == 200
    shelf.faults.add({"method": "PUT", "query": "q=1", "body": "needle"}, "own")
    assert remote("PUT", "/x/1?q=1", "needle")[0] == 418


def test_writes_without_need_are_told_apart() -> None:
    journal = Journal()
    journal.wrote("member", "a", "created")
    journal.wrote("member", "a", "unchanged")
    journal.wrote("member", "b", "created")
    assert set(journal.needless("member")) == {"a"}
    assert set(journal.repeated()) == {"member:a"}
    with pytest.raises(ValueError, match="no write effect"):
        journal.wrote("member", "a", "guessed")


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/3.0/lists/a1b2c3d4e5/members/9e26471d35a78862c17e467d87cddedf", "/3.0/lists/*/members/*"),
        ("/S.svc/Set(No='it''s (1)')/Lines", "/S.svc/Set(*)/Lines"),
        ("/plain/words", "/plain/words"),
    ],
)
def test_the_template_of_a_path_hides_keys_and_ids(path: str, template: str) -> None:
    assert guessed_template(path) == template
