"""A shop that fills a store of its own, and what colleagues do with the archive."""

import pytest

from sandboxes.kit import MutationFailed
from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from tests.sandboxes.mailchimp.caller import Caller

ORDERS = "/ecommerce/stores/shop/orders"
JANE = "jane@firma.example"


@pytest.fixture(autouse=True)
def _shop(sandbox: Mailchimp) -> None:
    sandbox.mutate("add_shop")


def buy(sandbox: Mailchimp, order_id: str = "o1") -> None:
    lines = [
        {"product_id": "p1", "quantity": 2, "price": 5.25},
        {"product_id": "p2", "quantity": 1, "price": 1},
    ]
    sandbox.mutate("place_order", order_id=order_id, email=JANE, lines=lines, fields={"order_total": 11.5})


def test_an_order_is_placed_as_the_shops_app_would(sandbox: Mailchimp, api: Caller) -> None:
    sandbox.mutate("add_shop_product", product_id="p1", sku="PUMP-1")
    buy(sandbox)
    [order] = api.get(ORDERS).rows("orders")
    assert (order["order_total"], order["financial_status"]) == (11.5, "paid")
    [variant] = api.get("/ecommerce/stores/shop/products/p1").rows("variants")
    assert variant["sku"] == "PUMP-1"


def test_a_buyer_becomes_a_contact_as_always(sandbox: Mailchimp, api: Caller) -> None:
    buy(sandbox)
    assert api.get(f"/lists/{CUSTOMERS}/members/{JANE}")["status"] == "transactional"


def test_the_journal_hears_nothing_of_what_the_shop_does(sandbox: Mailchimp) -> None:
    buy(sandbox)
    assert not sandbox.journal.writes()
    assert not sandbox.journal.total()


def test_an_order_is_changed_and_deleted(sandbox: Mailchimp, api: Caller) -> None:
    buy(sandbox)
    sandbox.mutate("change_order", order_id="o1", changes={"financial_status": "refunded"})
    assert api.get(f"{ORDERS}/o1")["financial_status"] == "refunded"
    sandbox.mutate("delete_order", order_id="o1")
    assert api.get(f"{ORDERS}/o1").status == 404


def test_an_order_of_a_deleted_buyer_names_nobody(sandbox: Mailchimp, api: Caller) -> None:
    buy(sandbox)
    sandbox.mutate("delete_buyer", email=JANE)
    customer = api.get(f"{ORDERS}/o1")["customer"]
    assert isinstance(customer, dict)
    assert "email_address" not in customer


def test_a_shop_is_held_to_the_rules_too(sandbox: Mailchimp) -> None:
    buy(sandbox)
    with pytest.raises(MutationFailed, match="already exists"):
        buy(sandbox)
    with pytest.raises(MutationFailed):
        sandbox.mutate("change_order", order_id="o1", changes={"order_total": "much"})


def test_a_colleague_takes_a_contact_out_of_the_archive(sandbox: Mailchimp, api: Caller) -> None:
    sandbox.mutate("sign_up", email=JANE)
    with pytest.raises(MutationFailed, match="not archived"):
        sandbox.mutate("unarchive", email=JANE)
    sandbox.mutate("archive", email=JANE)
    sandbox.mutate("unarchive", email=JANE)
    assert api.get(f"/lists/{CUSTOMERS}/members/{JANE}")["status"] == "subscribed"
