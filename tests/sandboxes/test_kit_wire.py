"""The kit's server on the wire: keep-alive, limits, and every way of misbehaving."""

import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import quote

import pytest

from sandboxes.kit import BadBody, Headers, Request, Response, Sandbox, Server, serve


class Notes(Sandbox):
    """A tiny vendor: PUT keeps a text under a path, GET gives it back."""

    name = "notes"
    max_body = 1000

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, str] = {}

    def rebuild(self) -> None:
        self.notes.clear()

    def handle(self, request: Request) -> Response:
        if request.method == "PUT":
            effect = "updated" if request.path in self.notes else "created"
            self.notes[request.path] = request.body.decode()
            self.journal.wrote("note", request.path, effect)
            return Response(204)
        return Response(200, {"text": self.notes.get(request.path, ""), "query": dict(request.query)})


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def server(notes: Notes) -> Iterator[Server]:
    with serve(notes) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)) as connection:
        yield connection


def get(client: http.client.HTTPConnection, path: str = "/a") -> tuple[int, bytes]:
    client.request("GET", path)
    response = client.getresponse()
    return response.status, response.read()


def raw(server: Server, request: bytes) -> bytes:
    """What the server sends back until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
        sock.sendall(request)
        received = b""
        while data := sock.recv(65536):
            received += data
    return received


def test_one_connection_serves_many_requests(client: http.client.HTTPConnection, notes: Notes) -> None:
    client.request("PUT", "/a", b"hello")
    assert client.getresponse().read() == b""
    assert json.loads(get(client)[1])["text"] == "hello"
    assert {call.connection for call in notes.journal.calls()} == {1}


def test_a_plus_in_a_query_stays_a_plus_and_in_a_form_is_a_blank(client: http.client.HTTPConnection) -> None:
    assert json.loads(get(client, "/a?x=1+2%203")[1])["query"] == {"x": ["1+2 3"]}


def test_an_encoded_slash_stays_inside_its_segment() -> None:
    request = Request("GET", "/a/b%2Fc", Headers())
    assert request.segments == ["a", "b/c"]


def test_a_body_may_come_in_chunks(server: Server, notes: Notes) -> None:
    head = b"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert raw(server, head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").startswith(b"HTTP/1.1 204")
    assert notes.notes["/c"] == "abcde"


def test_a_client_that_waits_for_permission_to_send_gets_it(server: Server) -> None:
    head = b"PUT /c HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
    assert raw(server, head).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nBroken\r\n\r\n", b"400"),
        (b"PUT / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", b"413"),
        (b"PUT / HTTP/1.1\r\nContent-Length: abc\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000, b"431"),
    ],
)
def test_a_bad_request_is_refused_and_the_connection_closed(
    server: Server, request_bytes: bytes, status: bytes
) -> None:
    assert raw(server, request_bytes).split(b" ")[1] == status


def test_a_status_fault_answers_instead_and_only_as_often_as_planned(
    client: http.client.HTTPConnection, notes: Notes
) -> None:
    fault = notes.faults.add("GET /a", "status", status=429, retry_after=7, times=2, after=1)
    client.request("GET", "/b")
    client.getresponse().read()
    assert [get(client)[0] for _ in range(4)] == [200, 429, 429, 200]
    assert (fault.seen, fault.hits) == (3, 2)


def test_a_fault_may_hit_only_every_third_request(client: http.client.HTTPConnection, notes: Notes) -> None:
    notes.faults.add(None, "status", times=None, every=3)
    assert [get(client)[0] for _ in range(6)] == [503, 200, 200, 503, 200, 200]


def test_the_retry_after_of_a_fault_is_sent(client: http.client.HTTPConnection, notes: Notes) -> None:
    notes.faults.add(kind="status", status=503, retry_after=12)
    client.request("GET", "/a")
    assert client.getresponse().getheader("Retry-After") == "12"


def test_a_timeout_before_the_work_leaves_no_trace(server: Server, notes: Notes) -> None:
    notes.faults.add(kind="timeout_before", seconds=0.05)
    assert raw(server, b"PUT /t HTTP/1.1\r\nContent-Length: 1\r\n\r\nx") == b""
    assert notes.notes == {}


def test_a_timeout_after_the_work_was_done_sends_no_answer(server: Server, notes: Notes) -> None:
    notes.faults.add(kind="timeout_after")
    assert raw(server, b"PUT /t HTTP/1.1\r\nContent-Length: 1\r\n\r\nx") == b""
    assert notes.notes == {"/t": "x"}
    (call,) = notes.journal.calls()
    assert (call.fault, call.status) == ("timeout_after", 204)


def test_a_silent_connection_ends_when_the_client_gives_up(server: Server, notes: Notes) -> None:
    notes.faults.add(kind="timeout_before", seconds=300)
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.2)) as client:
        client.request("GET", "/a")
        with pytest.raises(TimeoutError):
            client.getresponse()
    server.close()  # waits for the connection's thread
    assert server.connections == 0


def test_a_cut_body_is_shorter_than_announced(client: http.client.HTTPConnection, notes: Notes) -> None:
    notes.faults.add(kind="cut", share=0.5)
    client.request("GET", "/a")
    with pytest.raises(http.client.IncompleteRead):
        client.getresponse().read()


def test_an_honestly_cut_body_is_only_broken_json(client: http.client.HTTPConnection, notes: Notes) -> None:
    notes.faults.add(kind="cut", honest=True)
    status, body = get(client)
    assert status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_html_and_garbage_come_where_json_should(client: http.client.HTTPConnection, notes: Notes) -> None:
    notes.faults.add(kind="html", status=502)
    notes.faults.add(kind="garbage")
    status, body = get(client)
    assert (status, body[:9]) == (502, b"<!DOCTYPE")
    with pytest.raises(json.JSONDecodeError):
        json.loads(get(client)[1])


def test_a_huge_body_is_streamed_until_the_client_has_enough(
    client: http.client.HTTPConnection, notes: Notes
) -> None:
    notes.faults.add(kind="huge", megabytes=3)
    client.request("GET", "/a")
    response = client.getresponse()
    assert response.getheader("Content-Length") == str(3 * 1024 * 1024)
    assert len(response.read()) == 3 * 1024 * 1024


def test_a_redirect_points_elsewhere(client: http.client.HTTPConnection, notes: Notes) -> None:
    notes.faults.add(kind="redirect", location="http://10.0.0.1/steal")
    client.request("GET", "/a")
    response = client.getresponse()
    assert (response.status, response.getheader("Location")) == (302, "http://10.0.0.1/steal")


def test_a_slow_answer_may_come_whole_or_in_drips(client: http.client.HTTPConnection, notes: Notes) -> None:
    notes.faults.add(kind="slow", seconds=0.05)
    notes.faults.add(kind="slow", seconds=0.05, drip=True)
    assert [get(client)[0], get(client)[0]] == [200, 200]
    assert [call.fault for call in notes.journal.calls()] == ["slow", "slow"]


def test_work_may_be_done_before_an_error_is_answered(
    client: http.client.HTTPConnection, notes: Notes
) -> None:
    notes.faults.add(kind="html", status=502, work=True)
    client.request("PUT", "/w", b"kept")
    assert client.getresponse().status == 502
    assert notes.notes == {"/w": "kept"}


def test_many_clients_at_once_are_all_served(server: Server, notes: Notes) -> None:
    def talk(number: int) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)) as client:
            return sum(get(client, f"/n/{quote(str(number))}")[0] == 200 for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(talk, range(8))) == 160
    assert notes.journal.total("GET") == 160
    assert [call.seq for call in notes.journal.calls()] == list(range(1, 161))


def test_closing_the_server_ends_open_connections(server: Server, client: http.client.HTTPConnection) -> None:
    get(client)
    server.close()
    assert server.connections == 0
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        get(client)


def test_a_form_body_is_decoded_as_a_form() -> None:
    assert Request("POST", "/", Headers(), b"a=1+2&b=%2B").form() == {"a": ["1 2"], "b": ["+"]}
    with pytest.raises(BadBody):
        Request("POST", "/", Headers(), b"{").json()
