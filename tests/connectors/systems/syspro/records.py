"""Settings and rows made by hand, for what needs no site."""

from typing import Any

from connectors.sdk.http import HttpClient
from connectors.sdk.net import NetworkPolicy
from connectors.sdk.system import Account
from connectors.systems.syspro.settings import SysproCredentials, SysproSettings
from connectors.systems.syspro.streams.customers import Customers
from connectors.systems.syspro.system import Syspro
from tests.connectors.systems.accounts import MemoryTokens


def settings(**values: Any) -> SysproSettings:
    """Settings that need nothing but a company and an address."""
    return SysproSettings(**{"company": "A", "odata_url": "https://erp.example.com", **values})


def stream(**values: Any) -> Customers:
    """The stream of such a connection, for its pure parts: it can reach nobody."""

    def connect(**about: Any) -> HttpClient:
        return HttpClient(system="SYSPRO", policy=NetworkPolicy(), **about)

    credentials = SysproCredentials(odata_user="U", odata_password="a-password", operator="OP")
    return Customers(Syspro(Account(settings(**values), credentials, connect, MemoryTokens())))


def row(**values: Any) -> dict[str, Any]:
    """What the stream keeps of a customer."""
    notes = values.pop("notes", {})
    usual = {"Customer": "0000012", "Name": "Harbour Foods (Pty) Ltd", "Email": "buy@harbour.example"}
    return {"customer": {**usual, **values}, "notes": notes}
