"""Stores, customers, products, carts: what refers to what, and what the vendor refuses."""

import pytest

from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.mailchimp.addresses import subscriber_hash
from tests.sandboxes.mailchimp.caller import Caller, Reply

STORES = "/ecommerce/stores"
SHOP = f"{STORES}/shop"
NEW_SHOP = {
    "id": "shop",
    "list_id": CUSTOMERS,
    "name": "Shop",
    "currency_code": "EUR",
    "domain": "shop.example",
}
JANE = "jane@firma.example"


@pytest.fixture
def shop(api: Caller) -> str:
    assert api.post(STORES, NEW_SHOP).status == 200
    return SHOP


def customer(api: Caller, **fields: object) -> Reply:
    body = {"id": "c1", "email_address": JANE, "opt_in_status": False, **fields}
    return api.put(f"{SHOP}/customers/{body['id']}", body)


def product(api: Caller, product_id: str = "p1") -> Reply:
    return api.post(
        f"{SHOP}/products", {"id": product_id, "title": "P", "variants": [{"id": "v1", "title": "V"}]}
    )


def member_status(api: Caller) -> object:
    return api.get(f"/lists/{CUSTOMERS}/members/{JANE}")["status"]


def test_a_store_needs_its_audience_and_currency(api: Caller) -> None:
    assert api.post(STORES, {"id": "x", "list_id": CUSTOMERS, "name": "X"}).errors == {
        "": "Required fields were not provided: currency_code"
    }
    assert list(api.post(STORES, {**NEW_SHOP, "currency_code": "EURO"}).errors) == ["currency_code"]
    assert api.post(STORES, {**NEW_SHOP, "list_id": "nope"}).title == "Bad Request"


def test_ids_and_domains_of_stores_are_unique_and_the_audience_is_fixed(api: Caller, shop: str) -> None:
    assert api.post(STORES, NEW_SHOP).status == 400
    assert api.post(STORES, {**NEW_SHOP, "id": "other"}).status == 400
    assert list(api.patch(shop, {"list_id": "f6e7d8c9b0"}).errors) == ["list_id"]
    assert api.patch(shop, {"is_syncing": True})["is_syncing"] is True
    assert api.put(shop, NEW_SHOP).status == 405


def test_deleting_a_store_takes_everything_in_it(api: Caller, shop: str) -> None:
    customer(api)
    product(api)
    assert api.delete(shop).status == 204
    assert api.get(f"{shop}/customers").status == 404
    api.post(STORES, NEW_SHOP)
    assert api.get(f"{shop}/customers")["total_items"] == 0


@pytest.mark.parametrize(("opted_in", "status"), [(True, "subscribed"), (False, "transactional")])
def test_a_new_customer_becomes_a_contact(api: Caller, shop: str, opted_in: bool, status: str) -> None:  # noqa: FBT001
    customer(api, opt_in_status=opted_in, first_name="Jane")
    member = api.get(f"/lists/{CUSTOMERS}/members/{JANE}")
    assert (member["status"], member["full_name"]) == (status, "Jane")


def test_opting_in_later_subscribes_and_opting_out_changes_nothing(api: Caller, shop: str) -> None:
    customer(api)
    customer(api, opt_in_status=True)
    assert member_status(api) == "subscribed"
    customer(api, opt_in_status=False)
    assert member_status(api) == "subscribed"


@pytest.mark.parametrize("leaving", ["unsubscribe", "clean", "archive"])
def test_a_customer_never_overwrites_the_status_of_a_contact(
    api: Caller, sandbox: Mailchimp, shop: str, leaving: str
) -> None:
    sandbox.mutate("sign_up", email=JANE)
    sandbox.mutate(leaving, email=JANE)
    before = member_status(api)
    customer(api, opt_in_status=False)
    customer(api, opt_in_status=True)
    assert member_status(api) == before


def test_a_new_customer_does_not_subscribe_who_is_a_contact_already(api: Caller, shop: str) -> None:
    customer(api)
    for _ in range(2):
        customer(api, id="c2", opt_in_status=True)
        assert member_status(api) == "transactional"


def test_a_new_customer_needs_a_real_address_and_an_answer_about_mail(api: Caller, shop: str) -> None:
    assert api.put(f"{shop}/customers/c1", {"id": "c1", "opt_in_status": True}).errors == {
        "": "Required fields were not provided: email_address"
    }
    assert list(api.put(f"{shop}/customers/c1", {"id": "c1", "email_address": JANE}).errors) == [""]
    assert customer(api, email_address="nobody@example.com").detail.endswith(
        "please enter a real email address."
    )


def test_a_forgotten_person_cannot_come_back_as_a_customer(
    api: Caller, sandbox: Mailchimp, shop: str
) -> None:
    sandbox.mutate("sign_up", email=JANE)
    sandbox.mutate("forget", email=JANE)
    assert customer(api).title == "Forgotten Email Not Subscribed"


def test_the_address_of_a_customer_is_for_ever(api: Caller, shop: str) -> None:
    customer(api)
    refused = customer(api, email_address="jane.doe@firma.example")
    assert (refused.status, refused.title) == (400, "Bad Request")
    assert refused.detail == "An email address may not be changed once a customer is created."
    assert customer(api, email_address=JANE.upper()).status == 200
    assert list(api.patch(f"{shop}/customers/c1", {"email_address": JANE}).errors) == ["email_address"]


def test_an_id_longer_than_fifty_is_refused(api: Caller, shop: str) -> None:
    assert list(customer(api, id="c" * 51).errors) == ["id"]
    assert customer(api, id="c" * 50).status == 200


def test_the_id_of_a_put_is_that_of_its_path(api: Caller, shop: str) -> None:
    body = {"id": "c2", "email_address": JANE, "opt_in_status": False}
    assert api.put(f"{shop}/customers/c1", body).status == 400


def test_an_id_may_hold_a_slash_if_it_is_escaped(api: Caller, shop: str) -> None:
    body = {"id": "A/1", "email_address": JANE, "opt_in_status": False}
    assert api.put(f"{shop}/customers/A%2F1", body)["id"] == "A/1"
    assert api.get(f"{shop}/customers/A%2F1")["id"] == "A/1"


def test_several_customers_may_share_an_address(api: Caller, shop: str) -> None:
    customer(api)
    customer(api, id="c2")
    assert api.get(f"{shop}/customers", email_address=JANE)["total_items"] == 2
    assert api.get(f"{shop}/customers", email_address="x@firma.example")["total_items"] == 0


def test_computed_and_unknown_fields_are_refused(api: Caller, shop: str) -> None:
    assert set(customer(api, total_spent=5, orders_count=1, phone="1").errors) == {
        "total_spent",
        "orders_count",
        "phone",
    }
    assert list(customer(api, address={"addr1": "x"}).errors) == ["address.addr1"]
    assert list(customer(api, address={"country_code": "Sweden"}).errors) == ["address.country_code"]


def test_a_put_keeps_what_it_does_not_name(api: Caller, shop: str, sandbox: Mailchimp) -> None:
    customer(api, company="Firma", first_name="Jane")
    assert customer(api, first_name="Joan")["company"] == "Firma"
    customer(api, first_name="Joan")
    writes = sandbox.journal.writes("customers")["shop/c1"]
    assert (writes.created, writes.updated, writes.unchanged) == (1, 1, 1)


def test_a_product_needs_a_title_and_a_variant(api: Caller, shop: str) -> None:
    assert list(api.post(f"{shop}/products", {"id": "p", "title": "P", "variants": []}).errors) == [
        "variants"
    ]
    assert api.put(f"{shop}/products/p", {"id": "p"}).errors == {
        "": "Required fields were not provided: title, variants"
    }
    assert product(api).status == 200
    assert product(api).detail.startswith("A product with the provided ID already exists in the account")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("price", "3.50", "Schema describes number, string found instead"),
        ("price", True, "Schema describes number, boolean found instead"),
        ("inventory_quantity", 1.5, "Schema describes integer, number found instead"),
        ("inventory_quantity", "1", "Schema describes integer, string found instead"),
        ("stock", 1, "Schema describes no field of this name"),
    ],
)
def test_numbers_must_be_numbers(api: Caller, shop: str, field: str, value: object, message: str) -> None:
    body = {"id": "p", "title": "P", "variants": [{"id": "v", "title": "V", field: value}]}
    assert api.put(f"{shop}/products/p", body).errors == {f"variants.item:0.{field}": message}


def test_variants_are_matched_by_id_and_the_others_stay(api: Caller, shop: str) -> None:
    product(api)
    body = {"id": "p1", "variants": [{"id": "v2", "title": "Two", "price": 2.5}]}
    assert [one["id"] for one in api.put(f"{shop}/products/p1", body).rows("variants")] == ["v1", "v2"]
    one = f"{shop}/products/p1/variants/v2"
    assert api.put(one, {"id": "v2", "title": "Two", "price": 3})["price"] == 3
    assert api.patch(one, {"inventory_quantity": 9})["inventory_quantity"] == 9
    assert api.delete(one).status == 204
    assert api.delete(f"{shop}/products/p1/variants/v1").status == 400


def test_images_and_lists_of_products(api: Caller, shop: str) -> None:
    product(api)
    image = {"id": "i", "url": "https://shop.example/i.png", "variant_ids": ["v1"]}
    assert api.post(f"{shop}/products/p1/images", image)["url"] == image["url"]
    assert api.get(f"{shop}/products/p1/images")["total_items"] == 1
    assert (
        api.patch(f"{shop}/products/p1/images/i", {"url": "https://x.example"})["url"] == "https://x.example"
    )
    assert api.get(f"{shop}/products", fields="products.id").json() == {"products": [{"id": "p1"}]}
    assert api.get(f"{shop}/products/p1/variants")["total_items"] == 1
    assert api.delete(f"{shop}/products/p1/images/i").status == 204
    assert api.delete(f"{shop}/products/p1").status == 204


def test_a_cart_stays_until_it_is_deleted(api: Caller, shop: str) -> None:
    product(api)
    line = {"id": "1", "product_id": "p1", "product_variant_id": "v1", "quantity": 1, "price": 5}
    buyer = {"id": "c1", "email_address": JANE, "opt_in_status": False}
    cart = {"id": "k", "customer": buyer, "currency_code": "EUR", "order_total": 5, "lines": [line]}
    assert api.post(f"{shop}/carts", {**cart, "customer": {**buyer, "id": "c" * 51}}).status == 404
    assert api.post(f"{shop}/carts", cart)["lines"] != []
    assert api.post(f"{shop}/carts", cart).status == 400
    assert api.put(f"{shop}/carts/k", cart).status == 405
    assert api.patch(f"{shop}/carts/k", {"order_total": 7.5})["order_total"] == 7.5
    more = {**line, "id": "2"}
    assert api.post(f"{shop}/carts/k/lines", more).status == 200
    assert api.patch(f"{shop}/carts/k/lines/2", {"quantity": 3})["quantity"] == 3
    assert api.get(f"{shop}/carts/k/lines")["total_items"] == 2
    assert api.delete(f"{shop}/carts/k/lines/2").status == 204
    assert api.get(f"{shop}/carts")["total_items"] == 1
    assert api.get(f"{shop}/customers/c1")["orders_count"] == 0
    assert api.delete(f"{shop}/carts/k").status == 204


def test_what_a_contact_bought_shows_on_it(api: Caller, shop: str) -> None:
    product(api)
    line = {"id": "1", "product_id": "p1", "product_variant_id": "v1", "quantity": 1, "price": 5}
    buyer = {"id": "c1", "email_address": JANE, "opt_in_status": False}
    order = {"id": "o", "customer": buyer, "currency_code": "JPY", "order_total": 5000, "lines": [line]}
    api.post(f"{shop}/orders", order)
    stats = api.get(f"/lists/{CUSTOMERS}/members/{subscriber_hash(JANE)}")["stats"]
    assert isinstance(stats, dict)
    assert stats["ecommerce_data"] == {"total_revenue": 5000, "number_of_orders": 1, "currency_code": "EUR"}
