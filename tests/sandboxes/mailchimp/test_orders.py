"""Orders: their lines, their customer, their totals, and the vendor's many refusals."""

import pytest

from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.mailchimp import ecommerce_lines as texts
from tests.sandboxes.mailchimp.caller import Caller, Reply

SHOP = "/ecommerce/stores/shop"
ORDERS = f"{SHOP}/orders"
BUYER = {"id": "c1", "email_address": "jane@firma.example", "opt_in_status": False}


def line(line_id: str = "1", **fields: object) -> dict[str, object]:
    return {
        "id": line_id,
        "product_id": "p1",
        "product_variant_id": "v1",
        "quantity": 2,
        "price": 5.25,
        **fields,
    }


def order(order_id: object = "o1", **fields: object) -> dict[str, object]:
    return {
        "id": order_id,
        "customer": BUYER,
        "currency_code": "EUR",
        "order_total": 10.5,
        "lines": [line()],
        **fields,
    }


@pytest.fixture(autouse=True)
def _shop(api: Caller) -> None:
    api.post(
        "/ecommerce/stores", {"id": "shop", "list_id": CUSTOMERS, "name": "Shop", "currency_code": "EUR"}
    )
    variants = [
        {"id": "v1", "title": "One", "image_url": "https://shop.example/v1.png"},
        {"id": "v2", "title": "2"},
    ]
    api.post(f"{SHOP}/products", {"id": "p1", "title": "Pump", "variants": variants})


def put(api: Caller, order_id: str = "o1", **fields: object) -> Reply:
    return api.put(f"{ORDERS}/{order_id}", {"id": order_id, **fields})


def test_an_order_is_posted_once(api: Caller) -> None:
    made = api.post(ORDERS, order())
    assert made.rows("lines")[0]["product_title"] == "Pump"
    again = api.post(ORDERS, order())
    assert (again.status, again.title) == (400, "Bad Request")
    assert again.detail.startswith("An order with the provided ID already exists in the account")


def test_a_put_makes_and_changes(api: Caller, sandbox: Mailchimp) -> None:
    assert put(api).errors == {
        "": "Required fields were not provided: customer, currency_code, order_total, lines"
    }
    assert api.put(f"{ORDERS}/o1", order()).status == 200
    assert api.put(f"{ORDERS}/o1", order()).status == 200
    assert put(api, financial_status="paid")["financial_status"] == "paid"
    writes = sandbox.journal.writes("orders")["shop/o1"]
    assert (writes.created, writes.updated, writes.unchanged) == (1, 1, 1)


def test_lines_are_matched_by_id_and_only_a_delete_takes_one_away(api: Caller) -> None:
    api.post(ORDERS, order(lines=[line("1"), line("2")]))
    after = put(api, lines=[line("2", quantity=9), line("3")])
    assert [(one["id"], one["quantity"]) for one in after.rows("lines")] == [("1", 2), ("2", 9), ("3", 2)]
    assert api.delete(f"{ORDERS}/o1/lines/1").status == 204
    assert api.get(f"{ORDERS}/o1/lines")["total_items"] == 2
    assert api.patch(f"{ORDERS}/o1/lines/2", {"price": 1})["price"] == 1
    assert api.post(f"{ORDERS}/o1/lines", line("2")).detail == texts.REPEATED_LINE
    assert api.delete(f"{ORDERS}/o1/lines/9").status == 404


@pytest.mark.parametrize(
    ("lines", "detail"),
    [
        ([], texts.NO_LINES),
        ([line("1"), line("1")], "An order may not contain the same line item id more than once."),
        (
            [line(product_id="p9")],
            "A product with the provided ID does not exist in the account for this list.",
        ),
        (
            [line(product_variant_id="v9")],
            "A product with the provided variant ID does not exist in the account for this list.",
        ),
    ],
)
def test_what_lines_may_not_be(api: Caller, lines: list[object], detail: str) -> None:
    for reply in (api.post(ORDERS, order(lines=lines)), api.put(f"{ORDERS}/o1", order(lines=lines))):
        assert (reply.status, reply.title, reply.detail) == (400, "Bad Request", detail)
    assert api.get(ORDERS)["total_items"] == 0


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"order_total": "10.50"}, "order_total", "Schema describes number, string found instead"),
        (
            {"lines": [line(quantity="2")]},
            "lines.item:0.quantity",
            "Schema describes integer, string found instead",
        ),
        (
            {"lines": [line(quantity=2.0)]},
            "lines.item:0.quantity",
            "Schema describes integer, number found instead",
        ),
        ({"lines": [line(sku="x")]}, "lines.item:0.sku", "Schema describes no field of this name"),
        ({"lines": {}}, "lines", "Schema describes array, object found instead"),
        ({"currency_code": "EURO"}, "currency_code", "This value is not a valid currency."),
        (
            {"processed_at_foreign": "02.01.2026"},
            "processed_at_foreign",
            "This value is not a valid datetime.",
        ),
        ({"customer": []}, "customer", "Schema describes object, array found instead"),
        ({"tracking_code": "x"}, "tracking_code", "This value should be one of the following: prec."),
        (
            {"promos": [{"code": "X"}]},
            "promos.item:0",
            "Required fields were not provided: amount_discounted, type",
        ),
        (
            {"shipping_address": {"addr1": "x"}},
            "shipping_address.addr1",
            "Schema describes no field of this name",
        ),
        ({"total": 5}, "total", "Schema describes no field of this name"),
    ],
)
def test_each_wrong_field_is_named(api: Caller, fields: dict[str, object], place: str, message: str) -> None:
    reply = api.post(ORDERS, order(**fields))
    assert (reply.status, reply.title) == (400, "Invalid Resource")
    assert reply.errors == {place: message}


def test_missing_fields_are_listed(api: Caller) -> None:
    body = order()
    del body["currency_code"]
    assert api.post(ORDERS, body).errors == {"": "Required fields were not provided: currency_code"}


def test_a_customer_with_too_long_an_id_is_a_bare_404(api: Caller) -> None:
    reply = api.post(ORDERS, order(customer={**BUYER, "id": "c" * 51}))
    assert (reply.status, reply.title) == (404, "Resource Not Found")


def test_an_unknown_customer_must_be_introduced(api: Caller) -> None:
    reply = api.post(ORDERS, order(customer={"id": "c1"}))
    assert reply.errors == {"customer": "Required fields were not provided: email_address, opt_in_status"}
    assert api.post(ORDERS, order()).status == 200
    assert api.post(ORDERS, order("o2", customer={"id": "c1"})).status == 200
    changed = {**BUYER, "email_address": "other@firma.example"}
    assert "may not be changed" in api.post(ORDERS, order("o3", customer=changed)).detail


def test_customers_count_their_orders_and_a_cancelled_one_counts_nothing(api: Caller) -> None:
    api.post(ORDERS, order())
    api.post(ORDERS, order("o2", order_total=4.5, currency_code="SEK"))
    buyer = api.get(f"{SHOP}/customers/c1")
    assert (buyer["orders_count"], buyer["total_spent"]) == (2, 15)
    put(api, "o2", cancelled_at_foreign="2026-01-02T10:00:00+00:00")
    assert api.get(f"{SHOP}/customers/c1")["total_spent"] == 10.5
    api.delete(f"{ORDERS}/o1")
    assert api.get(f"{SHOP}/customers/c1")["orders_count"] == 0


def test_an_order_can_go_to_another_customer(api: Caller) -> None:
    api.post(ORDERS, order())
    put(api, customer={"id": "c2", "email_address": "john@firma.example", "opt_in_status": False})
    assert api.get(f"{SHOP}/customers/c1")["orders_count"] == 0
    assert api.get(ORDERS, customer_id="c2")["total_items"] == 1


def test_times_lose_their_offset_and_unset_ones_are_empty(api: Caller) -> None:
    made = api.post(ORDERS, order(processed_at_foreign="2026-01-02T10:00:00-02:00"))
    assert made["processed_at_foreign"] == "2026-01-02T10:00:00+00:00"
    assert made["cancelled_at_foreign"] == ""


def test_attribution_is_the_vendors_business(api: Caller) -> None:
    made = api.post(ORDERS, order(campaign_id="abc", outreach={"id": "abc"}))
    assert (made["campaign_id"], made["outreach"]) == ("", {})
    assert api.get(ORDERS, campaign_id="abc")["total_items"] == 0


def test_promos_are_replaced_wholly(api: Caller) -> None:
    promos = [{"code": name, "amount_discounted": 1.5, "type": "fixed"} for name in "AB"]
    api.post(ORDERS, order(promos=promos))
    assert api.patch(f"{ORDERS}/o1", {"promos": promos[1:]})["promos"] == promos[1:]


def test_a_status_mails_the_buyer_unless_the_store_is_syncing(api: Caller, sandbox: Mailchimp) -> None:
    mails = sandbox.account.stores["shop"].notifications
    api.patch(SHOP, {"is_syncing": True})
    api.post(ORDERS, order(financial_status="pending"))
    assert not mails
    api.patch(SHOP, {"is_syncing": False})
    put(api, financial_status="paid")
    put(api, financial_status="paid")
    put(api, fulfillment_status="shipped")
    assert dict(mails) == {"paid": 1, "shipped": 1}


def test_a_line_can_bring_its_product(api: Caller) -> None:
    new = {"id": "p2", "title": "Valve", "variants": [{"id": "p2", "title": "Valve"}]}
    lines = [line(product_id="p2", product_variant_id="p2", product=new)]
    assert api.post(ORDERS, order(lines=lines)).status == 200
    assert api.get(f"{SHOP}/products/p2")["title"] == "Valve"


def test_orders_of_all_stores(api: Caller) -> None:
    api.post(ORDERS, order())
    assert api.get("/ecommerce/orders").rows("orders")[0]["store_id"] == "shop"
    assert api.get(f"{ORDERS}/o1", fields="id,customer.email_address").json() == {
        "id": "o1",
        "customer": {"email_address": "jane@firma.example"},
    }
