"""Writing: ETags, upserts, types, business rules, actions."""

import base64
import json
from datetime import UTC, datetime

import pytest

from sandboxes.kit import Clock
from tests.sandboxes.ifs_cloud.caller import Caller, environment

HANDLING = "CustomerHandling"
NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
NEW = {
    "Name": "Ny Kund AB", "CreationDate": "2026-11-20", "Country": "SE", "DefaultLanguage": "sv",
    "PartyType": "Customer", "DefaultDomain": True,
}  # fmt: skip


def read(ifs: Caller, key: str = "10001") -> dict[str, object]:
    return ifs.get(HANDLING, ifs.customer(key)).json()


def patch(ifs: Caller, body: object, if_match: str = "", key: str = "10001", **headers: str) -> int:
    return ifs.write("PATCH", HANDLING, ifs.customer(key), body, if_match=if_match, **headers).status


def test_the_etag_is_that_of_the_row_in_pages_bodies_and_headers(ifs: Caller) -> None:
    reply = ifs.get(HANDLING, ifs.customer("10001"))
    row = ifs.get(HANDLING, "CustomerInfoSet", filter="CustomerId eq '10001'").rows[0]
    assert reply.etag == reply.json()["@odata.etag"] == row["@odata.etag"]
    inner = base64.b64decode(reply.etag[3:-1]).decode()
    objid, _, version = inner.removeprefix('W/"').removesuffix('"').partition(":")
    assert (len(objid), len(version)) == (18, 14)
    assert version.startswith("20")


def test_a_patch_with_the_etag_changes_the_row_and_its_etag(ifs: Caller) -> None:
    etag = ifs.get(HANDLING, ifs.customer("10001")).etag
    reply = ifs.write(
        "PATCH", HANDLING, ifs.customer("10001"), {"Cf_Marketing_Status": "left"}, if_match=etag
    )
    assert (reply.status, reply.json()["Cf_Marketing_Status"]) == (200, "left")
    assert reply.etag != etag
    assert read(ifs)["@odata.etag"] == reply.etag
    writes = ifs.sandbox.journal.writes("CustomerInfo")
    assert {key: held.updated for key, held in writes.items()} == {"10001": 1}


def test_a_stale_etag_is_refused_and_nothing_changes(ifs: Caller) -> None:
    etag = ifs.get(HANDLING, ifs.customer("10001")).etag
    ifs.sandbox.mutate("change_customer", customer_id="10001", changes={"Name": "Other"})
    refused = ifs.write("PATCH", HANDLING, ifs.customer("10001"), {"Name": "Mine"}, if_match=etag)
    assert refused.status == 412
    assert read(ifs)["Name"] == "Other"


@pytest.mark.parametrize(
    "spoil", [str.lower, lambda tag: tag[2:], lambda tag: tag[3:-1], lambda tag: tag + " "]
)
def test_an_etag_must_come_back_byte_for_byte(ifs: Caller, spoil: object) -> None:
    etag = ifs.get(HANDLING, ifs.customer("10001")).etag
    assert callable(spoil)
    spoiled = spoil(etag)
    expected = 200 if spoiled.strip() == etag else 412
    assert patch(ifs, {"Name": "x"}, spoiled) == expected


def test_a_star_skips_the_check(ifs: Caller) -> None:
    assert patch(ifs, {"Name": "x"}, "*") == 200
    assert patch(ifs, {"Name": "x"}, "*", key="nobody") == 404


def test_two_changes_within_a_second_share_their_etag() -> None:
    with environment(Clock(NOW)) as ifs:
        assert patch(ifs, {"Name": "one"}, "*") == 200
        first = read(ifs)["@odata.etag"]
        assert patch(ifs, {"Name": "two"}, str(first)) == 200
        assert read(ifs)["@odata.etag"] == first
        ifs.sandbox.clock.advance(1)
        assert patch(ifs, {"Name": "three"}, "*") == 200
        assert read(ifs)["@odata.etag"] != first


def test_object_versions_can_be_counters() -> None:
    with environment(Clock(NOW), objversion="counter") as ifs:
        assert patch(ifs, {"Name": "one"}, "*") == 200
        assert base64.b64decode(str(read(ifs)["@odata.etag"])[3:-1]).endswith(b':2"')


def test_without_if_match_a_patch_is_an_upsert_that_may_create_by_mistake(ifs: Caller) -> None:
    assert patch(ifs, {"Name": "Overwritten"}) == 200
    assert read(ifs)["Name"] == "Overwritten"
    body = {**NEW, "CustomerId": "ignored", "CountryCode": "XX"}
    assert patch(ifs, body, key="10O01") == 201
    created = read(ifs, "10O01")
    assert (created["CustomerId"], created["Name"], created["CountryCode"]) == ("10O01", "Ny Kund AB", "SE")


def test_without_if_match_a_patch_can_be_refused_instead() -> None:
    with environment(patch_without_if_match="refuse") as ifs:
        reply = ifs.write("PATCH", HANDLING, ifs.customer("10001"), {"Name": "x"})
        assert (reply.status, reply.code) == (428, "ODP_MISSING_PRECONDITION")


def test_attributes_that_cannot_be_changed_are_dropped_in_silence(ifs: Caller) -> None:
    before = read(ifs)
    assert patch(ifs, {"PartyType": "Supplier", "CountryCode": "XX", "CustomerId": "2"}, "*") == 200
    after = read(ifs)
    assert [after[name] for name in ("PartyType", "CountryCode")] == [
        before[name] for name in ("PartyType", "CountryCode")
    ]


def test_a_write_that_changes_nothing_is_journalled_as_needless(ifs: Caller) -> None:
    patch(ifs, {"Cf_Marketing_Status": "a"}, "*")
    patch(ifs, {"Cf_Marketing_Status": "a"}, "*")
    assert ifs.sandbox.journal.needless("CustomerInfo")["10001"].unchanged == 1


@pytest.mark.parametrize(
    "body",
    [
        {"Nothing": 1},
        {"luname": "CustomerInfo"},
        {"Name": 1},
        {"B2bCustomer": "true"},
        {"CreationDate": "20.11.2026"},
        {"CreationDate": "2026-02-30"},
        {"CustomerCategory": "Friend"},
        ["Name"],
    ],
)
def test_a_body_that_does_not_fit_the_type_is_not_deserialized(ifs: Caller, body: object) -> None:
    reply = ifs.write("PATCH", HANDLING, ifs.customer("10001"), body, if_match="*")
    assert (reply.status, reply.code) == (400, "ODP_DESERIALIZATION_ERROR")


def test_a_body_must_be_json_and_say_so(ifs: Caller) -> None:
    assert patch(ifs, {"Name": "x"}, "*", **{"Content-Type": "text/plain"}) == 415
    path = ifs.path(HANDLING, ifs.customer("10001"))
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    assert ifs.send("PATCH", path, b"{'Name': 1}", headers).status == 400


def test_a_broken_rule_of_the_database_is_a_500_with_one_detail(ifs: Caller) -> None:
    for body in ({"Name": "x" * 101}, {"Name": None}, {"AssociationNo": "55-66"}):
        reply = ifs.write("PATCH", HANDLING, ifs.customer("10001"), body, if_match="*")
        assert reply.status == 500
        assert reply.detail
    assert ifs.sandbox.journal.writes() == {}


def test_a_customer_is_created_numbered_and_can_be_read(ifs: Caller) -> None:
    reply = ifs.write("POST", HANDLING, "CustomerInfoSet", NEW)
    assert reply.status == 201
    key = str(reply.json()["CustomerId"])
    assert key.isdigit()
    assert read(ifs, key)["CustomerCategory"] == "Customer"


def test_what_a_write_answers_can_be_trimmed(ifs: Caller) -> None:
    path = ifs.path(HANDLING, "CustomerInfoSet?select-fields=CustomerId")
    shown = ifs.send("POST", path, json.dumps(NEW).encode(), {"Content-Type": "application/json"}).json()
    assert {name for name in shown if name[0].isupper()} == {"CustomerId", "Objgrants"}


@pytest.mark.parametrize(
    "missing", ["Name", "CreationDate", "Country", "DefaultLanguage", "PartyType", "DefaultDomain"]
)
def test_a_customer_without_a_mandatory_field_is_refused(ifs: Caller, missing: str) -> None:
    body = {name: value for name, value in NEW.items() if name != missing}
    reply = ifs.write("POST", HANDLING, "CustomerInfoSet", body)
    assert (reply.status, missing in reply.detail) == (500, True)


def test_a_key_is_given_only_once(ifs: Caller) -> None:
    reply = ifs.write("POST", HANDLING, "CustomerInfoSet", {**NEW, "CustomerId": "10001"})
    assert reply.status == 500


def test_an_email_is_added_under_its_customer_and_shows_in_the_flat_set(ifs: Caller) -> None:
    etag = read(ifs)["@odata.etag"]
    body = {"MethodId": "EMail", "Value": "new@nordvik.example", "MethodDefault": False}
    reply = ifs.write("POST", HANDLING, f"{ifs.customer('10001')}/CommunicationMethods", body)
    assert reply.status == 201
    flat = ifs.get(HANDLING, "CommunicationMethods", filter="Value eq 'new@nordvik.example'").rows
    assert [(row["Identity"], row["PartyType"]) for row in flat] == [("10001", "Customer")]
    assert read(ifs)["@odata.etag"] == etag  # the customer itself did not change
    wrong = ifs.write(
        "POST", HANDLING, "CommunicationMethods", {**body, "PartyType": "Customer", "Identity": "nobody"}
    )
    assert wrong.status == 500


def test_deleting_needs_an_etag_and_a_customer_with_orders_stays() -> None:
    with environment(customers=3, orders=20) as ifs:
        path = ifs.customer("10001")
        reply = ifs.write("DELETE", HANDLING, path)
        assert (reply.status, reply.code) == (428, "ODP_MISSING_PRECONDITION")
        assert ifs.write("DELETE", HANDLING, path, if_match="*").status == 500
        key = str(ifs.write("POST", HANDLING, "CustomerInfoSet", NEW).json()["CustomerId"])
        assert ifs.write("DELETE", HANDLING, ifs.customer(key), if_match='W/"x"').status == 412
        assert (
            ifs.write(
                "DELETE", HANDLING, ifs.customer(key), if_match=str(read(ifs, key)["@odata.etag"])
            ).status
            == 204
        )
        assert ifs.get(HANDLING, ifs.customer(key)).status == 404


def test_a_planned_order_is_released_by_an_action_with_if_match(ifs: Caller) -> None:
    text = "Objstate eq IfsApp.CustomerOrderHandling.CustomerOrderState'Planned'"
    order = ifs.get("CustomerOrderHandling", "CustomerOrderSet", filter=text, top=1).rows[0]
    action = "IfsApp.CustomerOrderHandling.CustomerOrder_SetReleased"
    path = f"CustomerOrderSet(OrderNo='{order['OrderNo']}')/{action}"
    assert ifs.write("POST", "CustomerOrderHandling", path, {}).status == 428
    etag = str(order["@odata.etag"])
    assert ifs.write("POST", "CustomerOrderHandling", path, {}, if_match=etag).status == 204
    assert ifs.write("POST", "CustomerOrderHandling", path, {}, if_match=etag).status == 412
    assert ifs.write("POST", "CustomerOrderHandling", path, {}, if_match="*").status == 500


def test_an_order_is_made_of_a_header_and_then_its_lines(ifs: Caller) -> None:
    header = {
        "OrderId": "NO", "CustomerNo": "10001", "CustomerPoNo": "REF-1", "Contract": "S10",
        "CurrencyCode": "EUR", "AuthorizeCode": "COORD0", "WantedDeliveryDate": "2026-12-01T12:00:00Z",
    }  # fmt: skip
    order = ifs.write("POST", "CustomerOrderHandling", "CustomerOrderSet", header)
    assert (order.status, order.json()["Objstate"]) == (201, "Planned")
    part = ifs.get("SalesPartHandling", "SalesPartSet", filter="Contract eq 'S10'", top=1).rows[0]
    path = f"CustomerOrderSet(OrderNo='{order.json()['OrderNo']}')/OrderLinesArray"
    body = {"CatalogNo": part["CatalogNo"], "BuyQtyDue": 2.5, "SaleUnitPrice": 10}
    line = ifs.write("POST", "CustomerOrderHandling", path, body)
    assert (line.status, line.json()["LineNo"], line.json()["CatalogDesc"]) == (201, "1", part["CatalogDesc"])
    assert ifs.write("POST", "CustomerOrderHandling", path, {**body, "CatalogNo": "none"}).status == 500
    assert (
        ifs.write("POST", "CustomerOrderHandling", "CustomerOrderSet", {**header, "CustomerNo": "x"}).status
        == 500
    )
    again = ifs.write("POST", "CustomerOrderHandling", "CustomerOrderSet", header)
    assert again.status == 201  # nothing recognises a repeated order


@pytest.mark.parametrize(
    ("method", "projection", "path"),
    [
        ("PUT", HANDLING, "CustomerInfoSet(CustomerId='10001')"),
        ("DELETE", HANDLING, "CustomerInfoSet"),
        ("PATCH", HANDLING, "CustomerInfoSet"),
        ("POST", HANDLING, "CustomerInfoSet(CustomerId='10001')"),
        ("PATCH", "CustomersHandling", "CustomerInfoSet(CustomerId='10001')"),
        ("POST", HANDLING, "$metadata"),
    ],
)
def test_a_method_that_has_no_meaning_is_405(ifs: Caller, method: str, projection: str, path: str) -> None:
    assert ifs.write(method, projection, path, {}, if_match="*").status == 405


def test_a_batch_is_not_implemented(ifs: Caller) -> None:
    assert ifs.write("POST", HANDLING, "$batch", {}).status == 501


def test_the_answer_to_a_patch_can_be_empty() -> None:
    with environment(patch_answer=204) as ifs:
        reply = ifs.write("PATCH", HANDLING, ifs.customer("10001"), {"Name": "x"}, if_match="*")
        assert (reply.status, reply.body) == (204, b"")
        assert reply.etag == read(ifs)["@odata.etag"]


def test_changes_are_logged_where_the_log_is_switched_on() -> None:
    with environment(Clock(NOW), history_log=frozenset({"CustomerInfo"})) as ifs:
        ifs.headers["X-Ifs-Time-Zone-Aware-Request"] = "true"
        patch(ifs, {"Name": "Renamed"}, "*")
        ifs.sandbox.clock.advance(60)
        ifs.log_in()
        ifs.sandbox.mutate("delete_customer", customer_id="10002")
        text = "LuName eq 'CustomerInfo' and TimeStamp gt 2026-11-20T12:00:30Z"
        (entry,) = ifs.get("HistoryLogHandling", "HistoryLogOverviewSet", filter=text).rows
        assert (entry["HistoryType"], entry["Keys"]) == ("Deleted", "CUSTOMER_ID=10002^")
        details = "HistoryLogDetailsSet(LogId=1)/HistoryLogAttributeArray"
        (detail,) = ifs.get("HistoryLogHandling", details).rows
        assert (detail["ColumnName"], detail["NewValue"]) == ("NAME", "Renamed")


def test_the_log_is_empty_where_it_is_off(ifs: Caller) -> None:
    patch(ifs, {"Name": "Renamed"}, "*")
    assert ifs.get("HistoryLogHandling", "HistoryLogOverviewSet").rows == []
