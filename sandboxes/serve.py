"""Runs several sandboxes in one process, each on a port of its own, until its parent goes away.

`--port-file` gets one JSON document, written whole and last, so that whoever waits for it may use it at once:
`{"pid": 1, "sandboxes": {"ifs_cloud": {"url": "http://127.0.0.1:40123", ...what it takes to log in}}}`.
"""

import argparse
import json
import os
import pickle
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from sandboxes import ifs_cloud, infor, mailchimp, qad, syspro
from sandboxes.kit import Sandbox, serve

LOOK_AFTER_PARENT = 0.5  # seconds
NOWHERE = "http://sandbox.invalid"
"""Stands for a sandbox's own address where access has to name it before it is known."""


@dataclass(frozen=True)
class Scale:
    """How much data the vendors that hold data from the start have."""

    customers: int = 500
    orders: int = 100
    seed: int = 1


@dataclass(frozen=True, slots=True)
class World:
    """One sandbox and what a customer of it would type into a form, the address aside."""

    sandbox: Sandbox
    access: dict[str, str]

    def shown(self, url: str) -> dict[str, str]:
        """Its address and the access to it, where it listens now."""
        return {"url": url, **{name: text.replace(NOWHERE, url) for name, text in self.access.items()}}


def _ifs_cloud(scale: Scale) -> World:
    options = ifs_cloud.Options(customers=scale.customers, orders=scale.orders, seed=scale.seed)
    access = {
        "segment": "main",
        "realm": options.realm,
        "client_id": options.client_id,
        "client_secret": options.client_secret,
    }
    return World(ifs_cloud.IfsCloud(options), access)


def _infor(scale: Scale) -> World:
    options = infor.Options(customers=scale.customers, orders=scale.orders, seed=scale.seed)
    access = {
        "ionapi": options.ionapi(NOWHERE),
        "company": str(options.user_company),
        "division": options.user_division,
        "csi_config": options.csi_config,
    }
    return World(infor.Infor(options), access)


def _qad(scale: Scale) -> World:
    # The browse of customers has no e-mail column by itself; administrators add the one of the address.
    options = qad.Options(
        customers=scale.customers, orders=scale.orders, seed=scale.seed, email_column="ad_mstr.ad_email"
    )
    access = {
        "context_root": options.context_root,
        "client_id": options.client_id,
        "username": options.username,
        "password": options.password,
        "domain": "10USA",
        "entity": "10USACO",
        "shared_set": "NAM",
    }
    return World(qad.Qad(options), access)


def _syspro(scale: Scale) -> World:
    options = syspro.Options(customers=scale.customers, orders=scale.orders, seed=scale.seed)
    passwords = {operator.name: operator.password for operator in options.operators}
    access = {
        "odata_root": options.odata_root,
        "enet_root": options.enet_root,
        "company": options.companies[0],
        "odata_user": "MLODATA",
        "odata_password": passwords["MLODATA"],
        "operator": "MLCONN",
        "operator_password": passwords["MLCONN"],
    }
    return World(syspro.Syspro(options), access)


def _mailchimp(_scale: Scale) -> World:
    sandbox = mailchimp.Mailchimp()
    access = {"api_key": mailchimp.API_KEY, "data_center": mailchimp.DC, "audience": mailchimp.CUSTOMERS}
    for name in ("infor", "qad", "syspro"):
        told = sandbox.mutate("add_audience", name=f"Customers of {name.upper()}", list_id=f"a0d1e2{name}")
        access[f"audience_{name}"] = str(told)
    return World(sandbox, access)


SANDBOXES: dict[str, Callable[[Scale], World]] = {
    "ifs_cloud": _ifs_cloud,
    "infor": _infor,
    "qad": _qad,
    "syspro": _syspro,
    "mailchimp": _mailchimp,
}


def build_worlds(scale: Scale | None = None, only: Iterable[str] = ()) -> dict[str, World]:
    """Fresh sandboxes by name, not yet serving: all, or only those named."""
    chosen = list(only) or list(SANDBOXES)
    unknown = [name for name in chosen if name not in SANDBOXES]
    if unknown:
        raise ValueError(f"no sandbox {', '.join(unknown)}; there are {', '.join(SANDBOXES)}")
    return {name: SANDBOXES[name](scale or Scale()) for name in chosen}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    parent = os.getppid()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    scale = Scale(arguments.customers, arguments.orders, arguments.seed)
    worlds = build_worlds(scale, filter(None, arguments.only.split(",")))
    for name, world in worlds.items():
        _recall(arguments.state, name, world.sandbox)
    with ExitStack() as running:
        shown: dict[str, dict[str, str]] = {}
        for name, world in worlds.items():
            server = running.enter_context(serve(world.sandbox))
            shown[name] = world.shown(server.url)
            running.callback(_keep, arguments.state, name, world.sandbox)
        if arguments.port_file:
            _write_whole(arguments.port_file, {"pid": os.getpid(), "sandboxes": shown})
        while not stop.wait(LOOK_AFTER_PARENT) and os.getppid() == parent:
            for name, world in worlds.items():
                _keep(arguments.state, name, world.sandbox)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--port-file", type=Path, help="where to write the addresses, as JSON")
    parser.add_argument("--state", type=Path, help="where vendors keep what they remember")
    parser.add_argument("--customers", type=int, default=Scale.customers)
    parser.add_argument("--orders", type=int, default=Scale.orders)
    parser.add_argument("--seed", type=int, default=Scale.seed)
    parser.add_argument("--only", default="", help=f"of {','.join(SANDBOXES)}; all when left out")
    return parser


def _write_whole(path: Path, document: object) -> None:
    """By renaming: nobody ever reads half of it."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(json.dumps(document, indent=2), encoding="utf-8")
    half.replace(path)


_kept: dict[str, int] = {}


def _keep(folder: Path | None, name: str, sandbox: Sandbox) -> None:
    """Write down what the vendor remembers, if anything has been asked of it since."""
    if folder is None or _kept.get(name) == sandbox.journal.last:
        return
    with sandbox.lock:
        memory, _kept[name] = sandbox.memory(), sandbox.journal.last
        written = pickle.dumps(memory) if memory is not None else b""
    if written:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"{name}.new"
        fresh.touch(mode=0o600)
        fresh.write_bytes(written)
        fresh.replace(folder / f"{name}.pickle")


def _recall(folder: Path | None, name: str, sandbox: Sandbox) -> None:
    if folder is not None and (kept := folder / f"{name}.pickle").is_file():
        sandbox.remember(pickle.loads(kept.read_bytes()))  # noqa: S301  our own file, readable by us alone


if __name__ == "__main__":
    raise SystemExit(main())
