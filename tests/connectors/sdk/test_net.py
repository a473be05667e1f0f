"""Which addresses a tenant's URL may lead to."""

from __future__ import annotations

import socket

import pytest

from connectors.sdk.errors import ConfigProblem, SystemFault
from connectors.sdk.net import AddressRefused, HostUnknown, NetworkPolicy, judged_address, resolve
from tests.connectors.sdk.vendor import LOOPBACK, Reply, Vendor

PUBLIC = NetworkPolicy()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1",  # noqa: S104  refused, not bound to
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1", "2002:a00:1::1", "64:ff9b::7f00:1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_no_private_or_disguised_address_is_called(address: str) -> None:
    assert not PUBLIC.permits(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_called(address: str) -> None:
    assert PUBLIC.permits(address)


def test_the_operator_may_allow_a_network_and_no_more_than_that() -> None:
    policy = NetworkPolicy.allowing(["10.1.0.0/16", " fd00::/8 ", ""])
    assert policy.permits("10.1.2.3")
    assert policy.permits("::ffff:10.1.2.3")
    assert policy.permits("fd12::1")
    assert not policy.permits("10.2.0.1")
    assert not policy.permits("127.0.0.1")
    with pytest.raises(ValueError, match=r"10\.1\.0"):
        NetworkPolicy.allowing(["10.1.0.0.0/16"])


def test_a_name_that_leads_to_loopback_is_refused() -> None:
    with pytest.raises(AddressRefused, match="localhost resolves to"):
        judged_address("localhost", 443, PUBLIC)
    assert judged_address("localhost", 443, LOOPBACK) in {"127.0.0.1", "::1"}


@pytest.mark.parametrize("spelling", ["127.1", "0x7f000001", "2130706433", "0177.0.0.1"])
def test_odd_spellings_of_loopback_are_refused(spelling: str) -> None:
    with pytest.raises((AddressRefused, HostUnknown)):
        judged_address(spelling, 80, PUBLIC)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300, "..", "\ud800"])
def test_a_host_that_does_not_exist_is_unknown(host: str) -> None:
    with pytest.raises(HostUnknown):
        resolve(host, 443)


def test_a_refused_address_is_never_connected_to(vendor: Vendor) -> None:
    https = vendor.url.replace("http://", "https://")
    with pytest.raises(ConfigProblem) as fault:
        vendor.client(base_url=https, policy=PUBLIC).get("/a")
    assert fault.value.code == "private_address"
    assert vendor.asked == []


def test_plain_http_is_spoken_only_with_networks_the_operator_named(vendor: Vendor) -> None:
    with pytest.raises(ConfigProblem, match="must begin with https") as fault:
        vendor.client(policy=PUBLIC).get("/a")
    assert fault.value.code == "plain_http"
    assert vendor.asked == []
    assert vendor.client().get("/a").ok


@pytest.mark.parametrize("scheme", ["ftp", "file", "gopher"])
def test_no_other_scheme_is_spoken(vendor: Vendor, scheme: str) -> None:
    with pytest.raises(ConfigProblem):
        vendor.client(base_url=f"{scheme}://127.0.0.1").get("/a")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(vendor: Vendor, status: int) -> None:
    vendor.will(Reply(status, headers={"Location": "http://169.254.169.254/latest/meta-data"}))
    with pytest.raises(ConfigProblem, match="redirected us elsewhere"):
        vendor.client().get("/a")
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/next", "//evil.example/next", "http://127.0.0.1:1/next", "http://user@127.0.0.1/next",
        "HTTPS://127.0.0.1/next", "ftp://127.0.0.1/next",
    ],
)  # fmt: skip
def test_a_next_link_to_another_origin_is_not_followed(vendor: Vendor, link: str) -> None:
    with pytest.raises(ConfigProblem) as fault:
        vendor.client().follow(link)
    assert fault.value.code == "foreign_link"
    assert vendor.asked == []


def test_a_next_link_within_the_origin_is_sent_as_it_stands(vendor: Vendor) -> None:
    client = vendor.client(base_url=f"{vendor.url}/base")
    for link in (f"{vendor.url}/a?$skiptoken=x%20y", "/a?$skiptoken=x%20y", "a?$skiptoken=x%20y"):
        client.follow(link)
    assert [one.path for one in vendor.asked] == [
        "/a?$skiptoken=x%20y",
        "/a?$skiptoken=x%20y",
        "/base/a?$skiptoken=x%20y",
    ]
    assert {call.template for call in vendor.calls} == {"(next page)"}


def test_nobody_at_the_door_is_worth_another_try() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    client = Vendor(f"http://127.0.0.1:{port}").client()
    with pytest.raises(SystemFault) as fault:
        client.call("POST", "/a", json={})
    assert (type(fault.value).__name__, fault.value.code) == ("RetryLater", "refused"), "nothing was sent"
