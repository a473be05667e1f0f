"""The ping: what it says, and what it remembers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.sdk.system import Check, Outcome
from connectors.systems.mailchimp import ping as module
from connectors.systems.mailchimp.settings import MailchimpCredentials, MailchimpSettings
from connectors.systems.mailchimp.sinks.store import Store
from connectors.systems.mailchimp.system import Mailchimp
from sandboxes.mailchimp import API_KEY, CLUB, CUSTOMERS
from tests.connectors.systems.accounts import account
from tests.connectors.systems.mailchimp import records
from tests.connectors.systems.mailchimp.conftest import World


def checks(world: World, **options: Any) -> dict[str, Check]:
    audience = options.pop("audience", CUSTOMERS)
    system = world.client(options=records.options(audience, **options))
    return {check.name: check for check in system.ping()}


def test_a_sound_account_is_fine_all_through(world: World) -> None:
    found = checks(world)
    assert list(found) == ["reach", "key", "account", "audiences", "audience", "stores"]
    assert {check.outcome for check in found.values()} == {Outcome.OK}
    assert found["reach"].milliseconds > 0
    assert "owner" in found["account"].text


def test_what_is_found_serves_the_sinks(world: World) -> None:
    remembered: dict[str, Any] = {}
    for check in checks(world).values():
        remembered |= check.found
    remembered = json.loads(json.dumps(remembered))
    assert remembered["account"]["role"] == "owner"
    by_id = {audience["id"]: audience for audience in remembered["audiences"]}
    assert by_id[CLUB]["double_optin"] is True
    required = {field["tag"]: field["required"] for field in by_id[CLUB]["merge_fields"]}
    assert required["MEMBERNO"] is True
    sink = world.client(findings=remembered).sink("audience_members")
    sink.prepare()
    assert "merge_fields.FNAME" in {rule.field for rule in sink.rules()}


def test_the_connection_can_be_pinged_before_anything_is_set_up(world: World) -> None:
    system = Mailchimp(
        account(MailchimpSettings(base_url=world.url), MailchimpCredentials(api_key=SecretStr(API_KEY)))
    )
    found = {check.name: check for check in system.ping()}
    assert "audience" not in found
    assert found["stores"].outcome is Outcome.OK


def test_a_wrong_key_is_told_in_the_vendors_words(world: World) -> None:
    system = world.client(key="ffffffffffffffffffffffffffffffff-us6")
    found = {check.name: check for check in system.ping()}
    assert list(found) == ["reach", "key"]
    assert found["reach"].outcome is Outcome.OK
    assert found["key"].outcome is Outcome.FAILED
    assert "invalid" in found["key"].text.lower()
    assert found["key"].advice


def test_a_missing_key_is_asked_for(world: World) -> None:
    system = Mailchimp(account(MailchimpSettings(base_url=world.url), MailchimpCredentials()))
    assert [(check.name, check.outcome) for check in system.ping()] == [("key", Outcome.FAILED)]
    assert not world.vendor.journal.total()


@pytest.mark.parametrize("fault", ["status", "html", "timeout_before"])
def test_a_mailchimp_that_does_not_answer_is_told(world: World, fault: str) -> None:
    args: dict[str, Any] = {"seconds": 0} if fault == "timeout_before" else {"status": 503}
    world.vendor.faults.add("*/ping", fault, times=None, **args)
    found = checks(world)
    assert list(found) == ["reach"]
    assert found["reach"].outcome is Outcome.FAILED


@pytest.mark.parametrize("role", ["viewer", "author"])
def test_a_weak_role_comes_with_advice(world: World, role: str) -> None:
    world.vendor.mutate("set_role", role=role)
    found = checks(world)["account"]
    assert found.outcome is Outcome.FAILED
    assert "manager" in found.advice


def test_a_deactivated_account_is_told(world: World) -> None:
    world.vendor.mutate("deactivate")
    assert any(check.outcome is Outcome.FAILED for check in checks(world).values())


def test_an_audience_that_is_not_there_is_told(world: World) -> None:
    assert checks(world, audience="ffffffffff")["audience"].outcome is Outcome.FAILED


def test_subscribing_past_a_double_opt_in_is_warned_of(world: World) -> None:
    found = checks(world, audience=CLUB, new_member_status="subscribed")["audience"]
    assert found.outcome is Outcome.WARNING
    assert "pending" in found.advice


def test_fields_we_cannot_fill_are_named(world: World) -> None:
    world.vendor.mutate("add_merge_field", tag="COMPANY", kind="number", list_id=CLUB)
    found = checks(world, audience=CLUB)["audience"]
    assert found.outcome is Outcome.WARNING
    assert "COMPANY is of type number" in found.text
    assert "MEMBERNO" in found.text


def test_a_store_that_does_not_fit_is_told(world: World) -> None:
    Store(world.client().account).ensure()
    assert checks(world)["stores"].outcome is Outcome.OK
    assert "USD" in checks(world, store_currency="USD")["stores"].text
    assert "cannot move" in checks(world, audience=CLUB)["stores"].text


def test_more_audiences_than_a_page_are_all_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        world.vendor.mutate("add_audience", name=f"A{number}")
    monkeypatch.setattr(module, "LARGEST_PAGE", 4)
    monkeypatch.setattr(module, "MOST_AUDIENCES", 5)
    found = checks(world)["audiences"]
    audiences = found.found["audiences"]
    assert len(audiences) == 9
    assert sum(audience["merge_fields"] is not None for audience in audiences) == 5
    assert audiences[0]["id"] == CUSTOMERS
    assert found.outcome is Outcome.WARNING


def test_the_fields_of_the_chosen_audience_are_always_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_AUDIENCES", 1)
    audiences = checks(world, audience=CLUB)["audiences"].found["audiences"]
    read = [audience["id"] for audience in audiences if audience["merge_fields"] is not None]
    assert read == [CLUB]


def test_no_secret_is_in_what_is_said_found_or_logged(world: World) -> None:
    said = [str(check) for check in world.client().ping()]
    assert API_KEY not in " ".join([*said, *map(str, world.calls)])


# -- what options need


def test_the_suppliers_audience_is_looked_at(world: World) -> None:
    fine = checks(world, supplier_audience_id=CLUB)["supplier audience"]
    assert fine.outcome is Outcome.WARNING
    assert "MEMBERNO" in fine.text
    missing = checks(world, supplier_audience_id="ffffffffff")["supplier audience"]
    assert missing.outcome is Outcome.FAILED
    assert "ffffffffff" in missing.text


def test_the_fields_of_the_suppliers_audience_are_always_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.vendor.mutate("add_audience", name="Third", list_id="cccccccccc")
    monkeypatch.setattr(module, "MOST_AUDIENCES", 2)
    found = checks(world, supplier_audience_id="cccccccccc")["audiences"].found["audiences"]
    assert {one["id"] for one in found if one["merge_fields"] is not None} == {CUSTOMERS, "cccccccccc"}


def test_a_field_asked_for_that_the_audience_does_not_have_is_named(world: World) -> None:
    found = checks(world, tax_id_tag="TAXID")["audience"]
    assert found.outcome is Outcome.WARNING
    assert "no field TAXID" in found.text


def test_who_loses_their_subscription_is_said(world: World) -> None:
    found = checks(world, standing_actions={"on_hold": "archive", "dormant": "tag"})["audience"]
    assert found.outcome is Outcome.OK
    assert found.text.endswith("for their standing: on_hold.")


def test_the_store_orders_are_read_from_is_looked_at(world: World) -> None:
    world.vendor.mutate("add_shop", store_id="shop")
    world.vendor.mutate(
        "place_order",
        order_id="o1",
        email="jane@nordwind.example",
        lines=[{"product_id": "p1", "quantity": 1, "price": 1}],
    )
    fine = checks(world, orders_store_id="shop")["orders"]
    assert fine.outcome is Outcome.OK
    assert "which has 1" in fine.text
    missing = checks(world, orders_store_id="elsewhere")["orders"]
    assert missing.outcome is Outcome.FAILED
    assert "There are: shop" in missing.advice


def test_our_own_store_is_no_store_to_read_orders_from(world: World) -> None:
    system = world.client()
    system.account.options = records.options(CUSTOMERS).model_copy(update={"orders_store_id": "erp"})
    found = {check.name: check for check in system.ping()}
    assert found["orders"].outcome is Outcome.FAILED
    assert "the store we fill ourselves" in found["orders"].text
