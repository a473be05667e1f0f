"""Calls a server as fast as it answers, over a few connections that stay open.

Sockets and prepared bytes, because whatever the caller does takes time from the server on the same machine.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from benchmarks.hooks.bare import HEADER, signature

CONNECTIONS = 8
"""As many as the server has threads."""


def request_of(path: str, body: bytes, stamp: int) -> bytes:
    """A signed delivery, as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: MailChimp\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        f"{HEADER}: t={stamp},v1={signature(str(stamp), body)}\r\n\r\n"
    )
    return head.encode() + body


def call_all(port: int, requests: Sequence[bytes]) -> tuple[float, list[float]]:
    """Send them all; the seconds it took, and those of each. Raises unless each is answered by 200."""
    shares = [requests[number::CONNECTIONS] for number in range(CONNECTIONS)]
    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        each = list(pool.map(lambda share: _call(port, share), shares))
    return time.perf_counter() - start, list(chain.from_iterable(each))


def _call(port: int, requests: Sequence[bytes]) -> list[float]:
    took: list[float] = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            start = time.perf_counter()
            wire.sendall(request)
            answer = _answer(wire)
            took.append(time.perf_counter() - start)
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(answer[:200].decode("latin-1"))
    return took


def _answer(wire: socket.socket) -> bytes:
    """Headers and body; answers here say how long they are."""
    held = b""
    while (end := held.find(b"\r\n\r\n")) < 0:
        held += _more(wire)
    length = next(
        int(line.partition(b":")[2])
        for line in held[:end].lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    while len(held) < end + 4 + length:
        held += _more(wire)
    return held


def _more(wire: socket.socket) -> bytes:
    if not (part := wire.recv(65536)):
        raise ConnectionError("the server hung up")
    return part
