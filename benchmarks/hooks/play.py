"""A round: the bare view and the receiver in turns, on one server."""

from __future__ import annotations

import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlencode

from benchmarks.ground import fresh_tenant, start
from benchmarks.hooks import bare
from benchmarks.hooks.caller import CONNECTIONS, call_all, request_of
from connectors.models import WebhookEndpoint, WebhookReceipt
from connectors.services import connections

TURNS = 10
WARM_UP = 200
SERVER = (
    *("-m", "gunicorn", "mlconnector.wsgi", "--worker-class", "gthread", "--workers", "2", "--threads", "4"),
    "--no-control-socket",
)


def play_webhooks(calls: int, *, say: Callable[[str], None]) -> dict[str, float]:
    """`calls` deliveries to each, in turns."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(fresh_tenant())
        bare.make_table()
        stack.callback(bare.drop_table)
        paths = {"bare": "/bare", "ours": _endpoint()}
        port = stack.enter_context(_server(folder))
        each = max(CONNECTIONS, calls // TURNS)
        for path in paths.values():
            call_all(port, _requests(path, -1, WARM_UP))
        seconds: dict[str, list[float]] = {name: [] for name in paths}
        took: dict[str, list[float]] = {name: [] for name in paths}
        for turn in range(TURNS):
            for name, path in paths.items():
                passed, single = call_all(port, _requests(path, turn, each))
                seconds[name].append(passed)
                took[name] += single
        assert bare.stored() == each * TURNS + WARM_UP
        assert WebhookReceipt.objects.filter(state="new").count() == each * TURNS + WARM_UP
    rate = {name: each * TURNS / sum(passed) for name, passed in seconds.items()}
    late = {name: 1000 * statistics.quantiles(single, n=100)[98] for name, single in took.items()}
    figures = {
        "bare view, calls/s": rate["bare"],
        "receiver, calls/s": rate["ours"],
        "receiver's rate, to the bare view's": rate["ours"] / rate["bare"],
        "bare view, p99 in ms": late["bare"],
        "receiver, p99 in ms": late["ours"],
        "receiver's p99, to the bare view's": late["ours"] / late["bare"],
    }
    say(" ".join(f"{name}: {value:.3g};" for name, value in figures.items()))
    return figures


def _endpoint() -> str:
    """A signed webhook of an audience, as if it had just been registered; the path it is called at."""
    connection = connections.create_connection(
        "mailchimp", "Mailchimp", {"base_url": "http://127.0.0.1:9"}, {"api_key": f"{'0' * 32}-us6"}
    )
    made = WebhookEndpoint(connection=connection, hook="audience", state="on", settle_at=None)
    made.renew()
    made.seal_secrets([bare.SECRET])
    made.save()
    token = WebhookEndpoint.objects.get(pk=made.pk).token
    assert token is not None
    return f"/hooks/mailchimp/{token.reveal()}"


def _requests(path: str, turn: int, count: int) -> list[bytes]:
    """Deliveries that differ, each of somebody else."""
    stamp = int(time.time())
    return [request_of(path, _body(turn, number), stamp) for number in range(count)]


def _body(turn: int, number: int) -> bytes:
    who = {"data[id]": "8a25ff1d98", "data[list_id]": "a1b2c3d4e5", "data[email_type]": "html"}
    named = {"data[email]": f"somebody.{turn}.{number}@example.com", "data[merges][FNAME]": "Somebody"}
    when = {"type": "unsubscribe", "fired_at": "2026-11-20 12:00:00", "data[reason]": "manual"}
    return urlencode({**when, **who, **named}).encode()


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    """The web server of the product on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with ExitStack() as stack:
        process = start(stack, folder, (*SERVER, "--bind", f"127.0.0.1:{port}"))
        _wait_for(port, process, folder)
        yield port


def _wait_for(port: int, process: Popen[bytes], folder: Path) -> None:
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError((folder / "log").read_text(encoding="utf-8")[-2000:])
