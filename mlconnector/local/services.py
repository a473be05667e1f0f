"""Database and broker for whatever runs here, and the environment that points the product at them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mlconnector.local import keys, postgres, valkey
from mlconnector.local.places import Place, place

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def default_home() -> Path:
    return Path(os.environ.get("MLC_HOME") or CHECKOUT / ".local")


@contextmanager
def local_services(home: Path, *, durable: bool = True, join: bool = False) -> Iterator[dict[str, str]]:
    """Servers in `home` for the length of the block; yields the environment for children.

    A server of one's own, named by DATABASE_URL or REDIS_URL, is used instead of ours. With `join`, servers
    that another program runs in the same home are used as they are.
    """
    here = place(home)
    with ExitStack() as running:
        if not _own_database():
            server = postgres.Postgres(here, durable=durable)
            if not (join and server.is_running()):
                running.enter_context(server)
        if "REDIS_URL" not in os.environ:
            broker = valkey.Valkey(here, durable=durable)
            if not (join and broker.is_running()):
                running.enter_context(broker)
        yield environment(here)


def _own_database() -> bool:
    return "DATABASE_URL" in os.environ


def environment(here: Path | Place) -> dict[str, str]:
    """Our own environment, completed: everything that is set already stays as it is."""
    here = here if isinstance(here, Place) else place(here)
    settings = {
        **keys.load_or_create(here.home),
        "REDIS_URL": valkey.server_url(here),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "MLC_HTTPS": "0",
        "MLC_PUBLIC_URL": "http://localhost:8000",
        "MLC_EMAIL_URL": f"file://{here.home / 'mail'}",
        "MLC_STATIC_FINDERS": "1",
        # The sandboxes listen on this machine.
        "MLC_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
    }
    if not _own_database():
        settings["DATABASE_URL"] = postgres.server_url(here, postgres.APP)
        settings["DATABASE_OWNER_URL"] = postgres.server_url(here, postgres.OWNER)
    return {**settings, **os.environ}
