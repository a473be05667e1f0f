"""The vendor's own Python client, over the wire, against the sandbox."""

import json

import pytest
from mailchimp_marketing import Client
from mailchimp_marketing.api_client import ApiClientError

from sandboxes.kit import Server
from sandboxes.mailchimp import API_KEY, CUSTOMERS, Mailchimp
from sandboxes.mailchimp.addresses import subscriber_hash

JANE = "jane@firma.example"


@pytest.fixture
def client(server: Server) -> Client:
    made = Client()
    made.set_config({"api_key": API_KEY, "server": "server"})
    made.api_client.host = f"{server.url}/3.0"
    return made


def test_it_pings_and_reads_audiences(client: Client) -> None:
    assert client.ping.get() == {"health_status": "Everything's Chimpy!"}
    assert client.root.get_root(exclude_fields=["_links"])["role"] == "owner"
    lists = client.lists.get_all_lists(fields=["lists.id", "lists.name"])
    assert [one["name"] for one in lists["lists"]] == ["Customers", "Club"]
    assert client.lists.get_list_merge_fields(CUSTOMERS)["total_items"] == 4


def test_it_puts_reads_tags_and_archives_a_member(client: Client) -> None:
    key = subscriber_hash(JANE)
    body = {"email_address": JANE, "status_if_new": "subscribed", "merge_fields": {"FNAME": "Jane"}}
    assert client.lists.set_list_member(CUSTOMERS, key, body)["id"] == key
    tags = {"tags": [{"name": "erp", "status": "active"}]}
    assert client.lists.update_list_member_tags(CUSTOMERS, key, tags).status_code == 204
    assert client.lists.get_list_member(CUSTOMERS, key)["tags"][0]["name"] == "erp"
    assert client.lists.get_list_members_info(CUSTOMERS, count=5)["total_items"] == 1
    assert client.searchMembers.search(JANE)["exact_matches"]["total_items"] == 1
    client.lists.delete_list_member(CUSTOMERS, key)
    assert client.lists.get_list_member(CUSTOMERS, key)["status"] == "archived"


def test_it_subscribes_many_at_once(client: Client) -> None:
    rows = [{"email_address": f"p{number}@firma.example", "status": "subscribed"} for number in range(50)]
    reply = client.lists.batch_list_members(CUSTOMERS, {"members": rows, "update_existing": True})
    assert (reply["total_created"], reply["error_count"]) == (50, 0)


def test_it_fills_a_store(client: Client) -> None:
    shop = {"id": "my-server-store", "list_id": CUSTOMERS, "name": "Shop", "currency_code": "EUR"}
    client.ecommerce.add_store(shop)
    variant = {"id": "p1", "title": "Pump", "price": 5.25, "inventory_quantity": 3}
    client.ecommerce.add_store_product(
        "my-server-store", {"id": "p1", "title": "Pump", "variants": [variant]}
    )
    buyer = {"id": "c1", "email_address": JANE, "opt_in_status": False}
    client.ecommerce.set_store_customer("my-server-store", "c1", buyer)
    line = {"id": "1", "product_id": "p1", "product_variant_id": "p1", "quantity": 2, "price": 5.25}
    order = {
        "id": "o1",
        "customer": {"id": "c1"},
        "currency_code": "EUR",
        "order_total": 10.5,
        "lines": [line],
    }
    assert client.ecommerce.add_store_order("my-server-store", order)["customer"]["total_spent"] == 10.5
    client.ecommerce.update_order("my-server-store", "o1", {"financial_status": "paid"})
    orders = client.ecommerce.get_store_orders("my-server-store")
    assert [one["financial_status"] for one in orders["orders"]] == ["paid"]


def test_it_runs_a_batch(client: Client) -> None:
    operation = {"method": "GET", "path": "/lists", "params": {"count": 1}}
    batch = client.batches.start({"operations": [operation]})
    assert (batch["status"], batch["total_operations"]) == ("pending", 0)
    states = [client.batches.status(batch["id"])["status"] for _ in range(3)]
    assert states[-1] == "finished"


def test_it_meets_the_vendors_errors(client: Client, sandbox: Mailchimp) -> None:
    body = {"email_address": "nobody@example.com", "status": "subscribed"}
    with pytest.raises(ApiClientError) as refused:
        client.lists.add_list_member(CUSTOMERS, body)
    problem = json.loads(refused.value.text)
    assert (refused.value.status_code, problem["title"]) == (400, "Invalid Resource")
    sandbox.faults.add(None, "status", status=429, empty=True)
    assert client.ping.get().status_code == 429  # the client returns it as if it were an answer
    sandbox.mutate("revoke_key")
    with pytest.raises(ApiClientError) as revoked:
        client.ping.get()
    assert revoked.value.status_code == 401
