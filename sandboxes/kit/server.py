"""Serves one sandbox on a loopback port: a thread per connection, keep-alive, no framework."""

import socket
import traceback
from itertools import count
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from sandboxes.kit.control import control, is_control
from sandboxes.kit.message import Request, Response
from sandboxes.kit.sandbox import Sandbox
from sandboxes.kit.wire import IDLE_SECONDS, BadRequest, Reader, write


class Server:
    """A running sandbox. Close it, or use it as a context manager."""

    def __init__(self, sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> None:
        self.sandbox = sandbox
        self._listening = socket.create_server((host, port), backlog=256)
        self.host, self.port = self._listening.getsockname()[:2]
        self._lock = Lock()
        self._open: dict[socket.socket, Thread] = {}
        self._closing = False
        self._numbers = count(1)
        self._accepting = Thread(target=self._accept, name=f"sandbox-{sandbox.name}", daemon=True)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def connections(self) -> int:
        """Connections open now."""
        with self._lock:
            return len(self._open)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening, cuts every connection, waits for their threads."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            open_now = list(self._open.items())
        _shut(self._listening)
        self._listening.close()
        for sock, _ in open_now:
            _shut(sock)
        for thread in [self._accepting, *(thread for _, thread in open_now)]:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:  # closed
                return
            number = next(self._numbers)
            thread = Thread(target=self._talk, args=(sock, number), name=f"sandbox-{number}", daemon=True)
            with self._lock:
                if self._closing:
                    sock.close()
                    return
                self._open[sock] = thread
            thread.start()

    def _talk(self, sock: socket.socket, number: int) -> None:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(IDLE_SECONDS)
            self._serve(sock, Reader(sock, number, self.sandbox.max_body))
        except OSError:  # the client went away, was idle for long, or the server is closing
            return
        finally:
            with self._lock:
                self._open.pop(sock, None)
            _shut(sock)
            sock.close()

    def _serve(self, sock: socket.socket, reader: Reader) -> None:
        while True:
            try:
                request = reader.next()
            except BadRequest as error:
                write(sock, Response(error.status, str(error)), head_only=False, close=True)
                return
            if request is None:
                return
            close = request.headers.get("connection").lower() == "close"
            response = self._respond(sock, request)
            if not write(sock, response, head_only=request.method == "HEAD", close=close):
                return

    def _respond(self, sock: socket.socket, request: Request) -> Response:
        if is_control(request):
            return control(self.sandbox, request)
        try:
            return self.sandbox.respond(request)
        except Exception:
            # A fault of the sandbox itself: show it to the caller, and let it fail the test that runs us.
            write(sock, Response(500, traceback.format_exc()), head_only=False, close=True)
            raise


def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Starts serving; `with serve(sandbox) as server: ... server.url`."""
    return Server(sandbox, host, port)


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
