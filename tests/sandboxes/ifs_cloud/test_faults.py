"""The vendor's own ways of failing, and what a page may look like when it lies."""

import pytest

from tests.sandboxes.ifs_cloud.caller import Caller

CUSTOMERS = ("CustomerHandling", "CustomerInfoSet")
SETS = "GET */CustomerInfoSet"


def test_stale_metadata_asks_for_the_same_request_again(ifs: Caller) -> None:
    ifs.sandbox.faults.add(kind="mi_modified")
    ifs.sandbox.faults.add(kind="mi_modified", status=503)
    first, second = ifs.get(*CUSTOMERS), ifs.get(*CUSTOMERS)
    assert [(one.status, one.code) for one in (first, second)] == [
        (500, "MI_MODIFIED_ERROR"),
        (503, "MI_MODIFIED_ERROR"),
    ]
    assert ifs.get(*CUSTOMERS).status == 200


@pytest.mark.parametrize(
    ("status", "kind"),
    [(502, "text/html"), (503, "text/html"), (504, "text/html"), (500, "application/json")],
)
def test_a_gateway_speaks_html_and_the_provider_json(ifs: Caller, status: int, kind: str) -> None:
    ifs.sandbox.faults.add(kind="status", status=status, retry_after=3)
    reply = ifs.get(*CUSTOMERS)
    assert (reply.status, reply.headers["Retry-After"]) == (status, "3")
    assert reply.headers["Content-Type"].startswith(kind)


def test_a_429_has_no_body_and_a_401_names_the_realm(ifs: Caller) -> None:
    ifs.sandbox.faults.add(kind="status", status=429)
    ifs.sandbox.faults.add(kind="status", status=401)
    assert ifs.get(*CUSTOMERS).body == b""
    assert "invalid_token" in ifs.get(*CUSTOMERS).headers["WWW-Authenticate"]


def test_a_page_can_be_silently_empty_or_short(ifs: Caller) -> None:
    ifs.sandbox.faults.add(SETS, "empty")
    ifs.sandbox.faults.add(SETS, "short", rows=3)
    assert ifs.get(*CUSTOMERS, top=10).rows == []
    assert len(ifs.get(*CUSTOMERS, top=10).rows) == 3
    assert len(ifs.get(*CUSTOMERS, top=10).rows) == 10


def test_a_page_can_repeat_whatever_is_asked_for(ifs: Caller) -> None:
    first = ifs.get(*CUSTOMERS, orderby="CustomerId", top=5).rows
    ifs.sandbox.faults.add(SETS, "repeat", times=None)
    for _ in range(3):
        assert ifs.get(*CUSTOMERS, orderby="CustomerId", top=5, filter="CustomerId gt '2'").rows == first


def test_a_link_can_lead_back_to_its_own_page(ifs: Caller) -> None:
    ifs.sandbox.faults.add(SETS, "loop", times=None)
    first = ifs.get(*CUSTOMERS, orderby="CustomerId", top=5)
    second = ifs.send("GET", first.link)
    assert (second.link, second.rows) == (first.link, first.rows)


def test_a_link_can_be_new_each_time_and_never_end(ifs: Caller) -> None:
    ifs.sandbox.faults.add(SETS, "loop", times=None, fresh=True)
    reply = ifs.get(*CUSTOMERS, orderby="CustomerId", top=5)
    links = set()
    for _ in range(4):
        links.add(reply.link)
        reply = ifs.send("GET", reply.link)
        assert len(reply.rows) == 5
    assert len(links) == 4


def test_a_link_can_lead_to_another_host(ifs: Caller) -> None:
    ifs.sandbox.faults.add(SETS, "foreign_link", host="http://attacker.example")
    assert ifs.get(*CUSTOMERS, top=5).link.startswith("http://attacker.example/main/")


def test_a_row_can_lack_its_key(ifs: Caller) -> None:
    ifs.sandbox.faults.add(SETS, "no_key")
    rows = ifs.get(*CUSTOMERS, top=3).rows
    assert ["CustomerId" in row for row in rows] == [False, True, True]


def test_an_etag_can_be_stale_when_read(ifs: Caller) -> None:
    ifs.sandbox.faults.add(kind="stale")
    etag = ifs.get("CustomerHandling", ifs.customer("10001")).etag
    assert etag != ifs.get("CustomerHandling", ifs.customer("10001")).etag
    reply = ifs.write("PATCH", "CustomerHandling", ifs.customer("10001"), {"Name": "x"}, if_match=etag)
    assert reply.status == 412


def test_somebody_can_be_faster_between_read_and_write(ifs: Caller) -> None:
    etag = ifs.get("CustomerHandling", ifs.customer("10001")).etag
    ifs.sandbox.faults.add("PATCH *", "stale")
    body = {"Cf_Marketing_Status": "left"}
    assert ifs.write("PATCH", "CustomerHandling", ifs.customer("10001"), body, if_match=etag).status == 412
    etag = ifs.get("CustomerHandling", ifs.customer("10001")).etag
    assert ifs.write("PATCH", "CustomerHandling", ifs.customer("10001"), body, if_match=etag).status == 200


def test_the_journal_names_calls_by_template(ifs: Caller) -> None:
    ifs.get("CustomerHandling", ifs.customer("10001"))
    counts = ifs.sandbox.journal.counts()
    assert counts["GET /main/ifsapplications/projection/v1/CustomerHandling.svc/CustomerInfoSet(*)"] == {
        "200": 1
    }
