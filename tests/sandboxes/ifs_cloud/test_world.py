"""The data a fresh environment has, the figures it tells, and what can happen to it from outside."""

import json
from collections import Counter
from decimal import Decimal

import pytest

from sandboxes.ifs_cloud import IfsCloud, Options
from sandboxes.kit import MutationFailed
from tests.sandboxes.ifs_cloud.caller import Caller, environment


@pytest.fixture(scope="module")
def wide() -> IfsCloud:
    return IfsCloud(Options(customers=2000, orders=600))


def summary(sandbox: IfsCloud) -> dict[str, object]:
    state = sandbox.state()
    assert isinstance(state, dict)
    return state


def rows(sandbox: IfsCloud, collection: str, key: str = "") -> list[dict[str, object]]:
    found = sandbox.state(collection, key)
    assert isinstance(found, list)
    return found


def test_the_same_seed_makes_the_same_world_and_another_another() -> None:
    first, second, other = (IfsCloud(Options(customers=50, orders=20, seed=seed)) for seed in (1, 1, 2))
    for collection in ("CustomerInfo", "CommunicationMethod", "CustomerOrder", "CustomerOrderLine"):
        assert first.state(collection) == second.state(collection)
        assert first.state(collection) != other.state(collection)


def test_the_figures_follow_from_the_documented_shares(wide: IfsCloud) -> None:
    # Of 2,000: every 40th has none (50), every 50th of the others an invalid one (30), every 60th of the rest
    # shares (14 of 33), and of each 200 one has only an ended one (10).
    assert summary(wide)["emails"] == {"valid": 1896, "duplicate": 14, "invalid": 30, "missing": 60}


def test_duplicates_differ_from_the_first_by_case_only(wide: IfsCloud) -> None:
    found = Counter(str(one["email"]).lower() for one in rows(wide, "customers") if one["email"])
    twice = [email for email, count in found.items() if count == 2]
    exact = Counter(str(one["email"]) for one in rows(wide, "customers"))
    assert len(twice) == 14
    assert 0 < sum(1 for email in twice if exact[email] == 1) < 14


def test_every_state_currency_and_oddity_of_orders_occurs(wide: IfsCloud) -> None:
    orders = summary(wide)["orders"]
    assert isinstance(orders, dict)
    assert set(orders["by_state"]) == set(wide.world.schema.enums["CustomerOrderState"])
    assert {"JPY", "KWD", "EUR", "USD", "SEK", "GBP"} <= set(orders["by_currency"])
    assert orders["of_customers_without_email"] > 0
    lines = rows(wide, "CustomerOrderLine")
    assert {"PartiallyDelivered", "Delivered", "Released", "Cancelled"} <= {
        line["Objstate"] for line in lines
    }
    assert any("." in str(line["BuyQtyDue"]) for line in lines)
    assert any(Decimal(str(line["Discount"])) > 30 for line in lines)
    assert {
        len(rows(wide, "CustomerOrderLine", str(one["OrderNo"]))) for one in rows(wide, "orders")[:60]
    } == {1, 2, 3, 4, 5}


def test_prices_have_the_decimals_of_their_currency(wide: IfsCloud) -> None:
    currencies = {one["OrderNo"]: one["CurrencyCode"] for one in rows(wide, "orders")}
    most = {"JPY": 0, "KWD": 3}
    for line in rows(wide, "CustomerOrderLine"):
        currency = str(currencies[line["OrderNo"]])
        for name in ("SaleUnitPrice", "UnitPriceInclTax"):
            exponent = Decimal(str(line[name])).normalize().as_tuple().exponent
            assert -int(exponent) <= most.get(currency, 2)


def test_the_sums_of_an_order_are_those_of_its_lines_and_charges(wide: IfsCloud) -> None:
    order = next(
        one for one in rows(wide, "orders") if rows(wide, "CustomerOrderCharge", str(one["OrderNo"]))
    )
    key = str(order["OrderNo"])
    net = sum(
        Decimal(str(line["BuyQtyDue"]))
        * Decimal(str(line["SaleUnitPrice"]))
        * (1 - Decimal(str(line["Discount"])) / 100)
        for line in rows(wide, "CustomerOrderLine", key)
    )
    (charge,) = rows(wide, "CustomerOrderCharge", key)
    assert Decimal(str(order["net"])) == net + Decimal(str(charge["ChargeAmount"]))


def test_nothing_in_a_fresh_world_is_younger_than_the_world(wide: IfsCloud) -> None:
    assert max(row.version for row in wide.world.table("CustomerInfo").rows.values()) < 20260701000000
    assert max(str(order["DateEntered"]) for order in rows(wide, "CustomerOrder")) < "2026-07"


def test_touched_rows_have_new_versions_and_the_same_values(ifs: Caller) -> None:
    before = rows(ifs.sandbox, "CustomerInfo")
    assert ifs.sandbox.mutate("touch", entity="CustomerInfo") == {"touched": 120}
    after = rows(ifs.sandbox, "CustomerInfo")
    for one, other in zip(before, after, strict=True):
        assert one.pop("@odata.etag") != other.pop("@odata.etag")
        assert one == other


def test_a_late_customer_can_come_with_an_old_date() -> None:
    with environment(change_attribute="Cf_Changed_At") as ifs:
        values = {"CreationDate": "2024-01-31", "Cf_Changed_At": "2024-01-31T10:00:00Z", "Name": "Late"}
        made = ifs.sandbox.mutate("add_customer", values=values, email="late@late.example")
        assert isinstance(made, dict)
        path = ifs.customer(str(made["CustomerId"]))
        row = ifs.get("CustomerHandling", path).json()
        assert (row["CreationDate"], str(row["Cf_Changed_At"])[:10]) == ("2024-01-31", "2024-01-31")
        assert (
            ifs.get("CustomerHandling", f"{path}/CommunicationMethods").rows[0]["Value"]
            == "late@late.example"
        )
        listed = ifs.get("CustomerHandling", "CustomerInfoSet", orderby="CustomerId desc", top=1).rows
        assert listed[0]["CustomerId"] == made["CustomerId"]


def test_a_deleted_customer_takes_its_emails_and_leaves_its_orders() -> None:
    with environment(customers=2, orders=20) as ifs:
        ifs.sandbox.mutate("delete_customer", customer_id="10001")
        assert ifs.get("CustomerHandling", ifs.customer("10001")).status == 404
        assert ifs.get("CustomerHandling", "CommunicationMethods", filter="Identity eq '10001'").rows == []
        orders = summary(ifs.sandbox)["orders"]
        assert isinstance(orders, dict)
        assert orders["of_unknown_customers"] > 0


def test_spoiled_customers_are_served_as_they_are(ifs: Caller) -> None:
    for key, how in (("10001", "long_name"), ("10002", "nul"), ("10003", "no_name"), ("10004", "no_key")):
        ifs.sandbox.mutate("spoil_customer", customer_id=key, how=how)
    page = ifs.get(
        "CustomerHandling", "CustomerInfoSet", orderby="CustomerId", top=4, filter="CustomerId ge '10001'"
    )
    long_name, nul, no_name, no_key = page.rows
    assert len(str(long_name["Name"])) == 40 * 1024
    assert "\x00" in str(nul["Name"])
    assert no_name["Name"] is None
    assert "CustomerId" not in no_key


def test_spoiled_orders_are_served_as_they_are(ifs: Caller) -> None:
    hows = ("unknown_customer", "unknown_currency", "no_currency", "negative_total")
    for at, how in enumerate(hows):
        ifs.sandbox.mutate("spoil_order", order_no=f"P{9951 + at}", how=how)
    found = {str(one["OrderNo"]): one for one in rows(ifs.sandbox, "orders")}
    assert (found["P9951"]["customer"], found["P9952"]["CurrencyCode"]) == ("NOBODY", "ZZZ")
    assert found["P9953"]["CurrencyCode"] is None
    assert Decimal(str(found["P9954"]["net"])) < 0


def test_an_order_can_go_back_a_state(ifs: Caller) -> None:
    for state in ("Delivered", "Picked"):
        ifs.sandbox.mutate("change_order_state", order_no="P9951", state=state)
        path = "CustomerOrderSet(OrderNo='P9951')"
        assert ifs.get("CustomerOrderHandling", path).json()["Objstate"] == state


def test_an_order_can_be_added_for_anybody(ifs: Caller) -> None:
    line = {"CatalogNo": "X", "BuyQtyDue": "2", "SaleUnitPrice": "12.50"}
    made = ifs.sandbox.mutate("add_order", customer_no="NOBODY", lines=[line])
    assert isinstance(made, dict)
    (order,) = rows(ifs.sandbox, "orders", str(made["OrderNo"]))
    assert (order["net"], order["lines"], order["customer"]) == ("25", 1, "NOBODY")


def test_a_share_of_the_customers_can_be_renamed(ifs: Caller) -> None:
    made = ifs.sandbox.mutate("rename_customers", every=10)
    assert isinstance(made, dict)
    assert made["changed"] == 12


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("change_customer", {"customer_id": "nobody", "changes": {}}),
        ("change_customer", {"customer_id": "10001", "changes": {"Nothing": 1}}),
        ("touch", {"entity": "Nothing"}),
        ("spoil_customer", {"customer_id": "10001", "how": "gently"}),
        ("change_order_state", {"order_no": "P9951", "state": "Lost"}),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    ifs: Caller, action: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(MutationFailed):
        ifs.sandbox.mutate(action, **arguments)


def test_a_reset_brings_the_first_world_back_and_ends_all_tokens(ifs: Caller) -> None:
    before = ifs.sandbox.state("CustomerInfo")
    ifs.sandbox.mutate("delete_customer", customer_id="10001")
    ifs.send("POST", "/_sandbox/reset")
    assert ifs.sandbox.state("CustomerInfo") == before
    assert ifs.get("CompanyHandling").status == 401


def test_state_and_mutations_work_from_another_process(ifs: Caller) -> None:
    body = json.dumps({"action": "set_email", "customer_id": "10003", "value": "a@b.example"}).encode()
    assert ifs.send("POST", "/_sandbox/mutate", body).status == 200
    reply = ifs.send("GET", "/_sandbox/state?collection=customers&key=10003")
    (customer,) = json.loads(reply.body)
    assert (customer["email"], customer["email_state"]) == ("a@b.example", "valid")
