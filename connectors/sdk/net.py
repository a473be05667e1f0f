"""Which addresses a tenant's URL may lead to, checked on the very address that is connected to.

Tenants type URLs, so every name is resolved here, the resolved address is judged, and that address, not the
name, is connected to: a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressRefused(Exception):
    """The host resolves to an address we do not connect to."""


class HostUnknown(Exception):
    """The host name does not resolve."""


@dataclass(frozen=True)
class NetworkPolicy:
    """What the operator allows beyond the public internet.

    `allowed`: networks that may be called although they are private (an on-premise ERP, a sandbox on
    loopback). Plain HTTP is accepted only towards those. `ca_file`: the certificate authorities to trust
    instead of the usual ones.
    """

    allowed: tuple[Network, ...] = ()
    ca_file: str = ""

    @classmethod
    def allowing(cls, networks: Iterable[str]) -> NetworkPolicy:
        """A policy from CIDR texts; raises `ValueError` for a malformed one."""
        return cls(allowed=tuple(ipaddress.ip_network(text.strip()) for text in networks if text.strip()))

    def permits(self, address: str) -> bool:
        """Whether this IP address may be connected to."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        if any(ip in network for network in self.allowed if network.version == ip.version):
            return True
        return ip.is_global and not ip.is_multicast and not _embeds_ipv4(ip)

    def permits_plain_http(self, host: str) -> bool:
        """Whether `http://` may be used: only where every address of the host is one the operator named."""
        return all(
            any(ip in network for network in self.allowed if network.version == ip.version)
            for ip in map(ipaddress.ip_address, resolve(host, 80))
        )


def _embeds_ipv4(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """6to4, Teredo and NAT64 addresses smuggle an IPv4 address past a check of the outer one."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return False
    return bool(ip.sixtofour or ip.teredo or ip in ipaddress.ip_network("64:ff9b::/96"))


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, in the resolver's order; raises `HostUnknown`."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostUnknown(host) from error
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def judged_address(host: str, port: int, policy: NetworkPolicy) -> str:
    """The address to connect to; raises `AddressRefused` if any of the host's is one we may not call."""
    addresses = resolve(host, port)
    for address in addresses:
        if not policy.permits(address):
            raise AddressRefused(f"{host} resolves to {address}")
    return addresses[0]


def guarded_pools(policy: NetworkPolicy) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools (by scheme) whose connections obey the policy."""

    class GuardedHTTP(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect_judged(self, super()._new_conn, policy)

    class GuardedHTTPS(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect_judged(self, super()._new_conn, policy)

    class GuardedHTTPPool(HTTPConnectionPool):
        ConnectionCls = GuardedHTTP

    class GuardedHTTPSPool(HTTPSConnectionPool):
        ConnectionCls = GuardedHTTPS

    return {"http": GuardedHTTPPool, "https": GuardedHTTPSPool}


def _connect_judged(connection: HTTPConnection, connect: object, policy: NetworkPolicy) -> socket.socket:
    # The name goes back in place after the socket is open: TLS verifies the certificate against it.
    name = connection._dns_host  # noqa: SLF001  urllib3 offers no public hook between resolving and connecting
    connection._dns_host = judged_address(name, connection.port or 0, policy)  # noqa: SLF001
    try:
        return connect()  # type: ignore[no-any-return, operator]
    finally:
        connection._dns_host = name  # noqa: SLF001
