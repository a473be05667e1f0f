"""The systems we can talk to: one folder per vendor, listed here by hand, imported on use."""

from __future__ import annotations

from importlib import import_module

from connectors.sdk.system import System

SYSTEMS: dict[str, str] = {
    "ifs_cloud": "connectors.systems.ifs_cloud.system:IfsCloud",
    "infor": "connectors.systems.infor.system:Infor",
    "qad": "connectors.systems.qad.system:Qad",
    "syspro": "connectors.systems.syspro.system:Syspro",
    "mailchimp": "connectors.systems.mailchimp.system:Mailchimp",
}


def system_class(code: str) -> type[System]:
    """A system by its code; raises `KeyError` for one that does not exist."""
    module, _, name = SYSTEMS[code].partition(":")
    found = getattr(import_module(module), name)
    assert issubclass(found, System)  # noqa: S101  the registry above is our own
    return found  # type: ignore[no-any-return]
