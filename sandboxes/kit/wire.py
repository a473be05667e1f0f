"""HTTP/1.1 on a socket: reading requests within limits; writing answers, rightly or wrongly on purpose."""

import socket
import time
from email.utils import formatdate
from http import HTTPStatus

from sandboxes.kit.message import Headers, Request, Response, Wire

MAX_HEAD = 64 * 1024
IDLE_SECONDS = 120.0
_CHUNK = 64 * 1024
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class BadRequest(Exception):
    """The bytes are no request we read; `status` is what HTTP calls it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Reader:
    """Requests off one connection, one after the other."""

    def __init__(self, sock: socket.socket, connection: int, max_body: int) -> None:
        self._sock = sock
        self._buffer = bytearray()
        self._connection = connection
        self._max_body = max_body

    def next(self) -> Request | None:
        """The next request, or None when the client closed the connection between two."""
        head = self._head()
        if head is None:
            return None
        lines = head.decode("iso-8859-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) != 3 or words[2] not in {"HTTP/1.1", "HTTP/1.0"}:
            raise BadRequest(400, f"not a request line: {lines[0][:100]!r}")
        method, target, version = words
        if not target.startswith("/"):
            raise BadRequest(400, "the target must start with a slash")
        fields = [_field(line) for line in lines[1:] if line]
        if version == "HTTP/1.0":
            fields.append(("connection", "close"))
        headers = Headers(fields)
        return Request(method, target, headers, self._body(headers), connection=self._connection)

    def _head(self) -> bytes | None:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD:
                raise BadRequest(431, "the header is too long")
            if not self._fill():
                return None
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        return head

    def _body(self, headers: Headers) -> bytes:
        if headers.get("expect").lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        coding = headers.get("transfer-encoding").lower()
        if coding:
            if coding != "chunked" or "content-length" in headers:
                raise BadRequest(400, "unknown transfer coding")
            return self._chunked()
        length = headers.get("content-length", "0")
        if not length.isdigit():
            raise BadRequest(400, "bad content length")
        return self._exactly(int(length))

    def _exactly(self, count: int) -> bytes:
        if count > self._max_body:
            raise BadRequest(413, "the body is too large")
        while len(self._buffer) < count:
            if not self._fill():
                raise BadRequest(400, "the body ended early")
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _chunked(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            try:
                length = int(self._line().partition(b";")[0], 16)
            except ValueError as error:
                raise BadRequest(400, "bad chunk size") from error
            if length == 0:
                while self._line():
                    pass
                return b"".join(parts)
            size += length
            if size > self._max_body:
                raise BadRequest(413, "the body is too large")
            parts.append(self._exactly(length))
            self._line()

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD or not self._fill():
                raise BadRequest(400, "bad chunked body")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _fill(self) -> bool:
        data = self._sock.recv(_CHUNK)
        self._buffer += data
        return bool(data)


def write(sock: socket.socket, response: Response, *, head_only: bool, close: bool) -> bool:
    """Sends the answer, however it is meant to go wrong. False: the connection must be closed after it."""
    wire = response.wire
    if wire is not None:
        if (wire.hang and _client_left(sock, wire.hang)) or wire.drop:
            return False
        if wire.flood or wire.cut is not None or wire.drip:
            _send_badly(sock, response, wire)
            return False
    head = _head(response, len(response.body), close=close)
    sock.sendall(head if head_only else head + response.body)
    return not close


def _send_badly(sock: socket.socket, response: Response, wire: Wire) -> None:
    if wire.flood:
        sock.sendall(_head(response, wire.flood, close=True))
        _flood(sock, wire.flood)
        return
    sock.sendall(_head(response, len(response.body), close=True))
    if wire.drip:
        _drip(sock, response.body, wire.drip)
    else:
        sock.sendall(response.body[: wire.cut])


def _head(response: Response, length: int, *, close: bool) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}", f"Date: {_date()}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if response.status != 204:
        lines.append(f"Content-Length: {length}")
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("iso-8859-1", "replace")


_dated: tuple[int, str] = (0, "")


def _date() -> str:
    global _dated  # noqa: PLW0603 - formatted once a second, not once a request
    second = int(time.time())
    if _dated[0] != second:
        _dated = (second, formatdate(second, usegmt=True))
    return _dated[1]


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name or name != name.strip():
        raise BadRequest(400, f"not a header field: {line[:100]!r}")
    return name, value.strip()


def _client_left(sock: socket.socket, seconds: float) -> bool:
    """Waits in silence, but not for a client that has gone, nor for a server that is closing."""
    sock.settimeout(seconds)
    try:
        gone = sock.recv(1, socket.MSG_PEEK) == b""
    except TimeoutError:
        gone = False
    sock.settimeout(IDLE_SECONDS)
    return gone


def _flood(sock: socket.socket, size: int) -> None:
    opening = b'{"value": ["'
    sock.sendall(opening[:size])
    left = size - len(opening)
    filler = b"x" * _CHUNK
    while left > 0:
        sock.sendall(filler[:left])
        left -= _CHUNK


def _drip(sock: socket.socket, body: bytes, seconds: float) -> None:
    pieces = 20
    step = max(1, -(-len(body) // pieces))
    for start in range(0, len(body), step):
        if _client_left(sock, seconds / pieces):
            return
        sock.sendall(body[start : start + step])
