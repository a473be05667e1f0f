"""SYSPRO customers in a Mailchimp audience, through the engine: what arrives, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from audit.models import AuditEntry
from connectors.models import Failure, SyncRun
from connectors.recipes import recipe
from connectors.services import connections, integrations
from sandboxes.mailchimp import CUSTOMERS as AUDIENCE
from sandboxes.syspro.mutations import FIVE
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.syspro_site import (
    BOTH,
    assert_all_stand_once,
    customers,
    link,
    reachable,
    somebody,
    syspro,
    usable,
)
from tests.joined import Joined

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING_USABLE = "ask at the desk; see telephone"


@pytest.fixture(params=list(BOTH.values()), ids=list(BOTH))
def scene(request: pytest.FixtureRequest) -> Iterator[Joined]:
    """Read through OData, and through e.net."""
    with syspro(settings=request.param) as standing:
        yield standing


@pytest.fixture
def site() -> Iterator[Joined]:
    """Read through OData."""
    with syspro() as standing:
        yield standing


def test_the_first_run_brings_everybody_once_and_the_second_writes_nothing(scene: Joined) -> None:
    first = scene.run("customers")

    assert_all_stand_once(scene)
    everybody = customers(scene)
    without = [key for key, one in everybody.items() if not (one["Email"] or "").strip()]
    unusable = everybody.keys() - without - reachable(scene).keys()
    assert unusable
    assert counts(first) == {
        "read": 60,
        "created": len(reachable(scene)),
        "skipped": len(without),
        "rejected": len(unusable),
    }
    assert (first.adds_up, first.verdict) == (True, SyncRun.Verdict.PARTIAL)  # the unusable need a person
    assert {one.link.source_key for one in Failure.objects.filter(resolved_at=None)} == unusable
    before = scene.writes()

    second = scene.run("customers")

    assert (counts(second), second.verdict) == ({"read": 60, "unchanged": 60}, SyncRun.Verdict.OK)
    assert scene.writes() == before
    assert_all_stand_once(scene)


def test_one_changed_customer_is_one_write(scene: Joined) -> None:
    scene.run("customers")
    key, address = somebody(scene, 1)
    scene.source.mutate("change_customer", customer=key, changes={"Contact": "Zora Neuname"})
    before = scene.writes()
    run = scene.run("customers")
    assert counts(run) == {"read": 60, "updated": 1, "unchanged": 59}
    assert scene.writes() == before + 1
    assert scene.members()[address].merge["LNAME"] == "Neuname"
    scene.source.mutate("touch", table="ArCustomer")
    assert counts(scene.run("customers")) == {"read": 60, "unchanged": 60}
    assert scene.writes() == before + 1
    assert_all_stand_once(scene)


def test_somebody_added_late_with_an_old_date_is_found(scene: Joined) -> None:
    scene.run("customers")
    late = {"Customer": "0000000", "DateCustAdded": "2001-01-01"}
    scene.source.mutate("add_customer", values=late)
    assert counts(scene.run("customers")) == {"read": 61, "created": 1, "unchanged": 60}
    assert_all_stand_once(scene)


def test_jobs_run_every_15_to_60_minutes_unless_somebody_decides_otherwise(site: Joined) -> None:
    assert 15 <= recipe("syspro_mailchimp").flow("customers").cadence.every_minutes <= 60
    job = site.job("customers")
    assert job.interval is not None
    assert (job.interval.period, 15 <= job.interval.every <= 60) == ("minutes", True)
    assert job.next_slot is not None


def test_the_first_usable_of_several_addresses_is_taken(site: Joined) -> None:
    several = [key for key, one in customers(site).items() if len(usable(one["Email"])) > 1]
    assert several
    key, _ = somebody(site)
    site.source.mutate("spoil_customer", customer=key, how="five_emails")
    site.run("customers")
    first, *others = FIVE.split(";")
    assert first in site.members()
    assert not site.members().keys() & set(others)
    assert_all_stand_once(site)


def test_a_field_with_several_addresses_can_be_a_persons_to_correct() -> None:
    with syspro(settings={"email_rule": "only_one"}) as site:
        key, _ = somebody(site)
        site.source.mutate("spoil_customer", customer=key, how="five_emails")
        site.run("customers")
        failure = Failure.objects.get(link=link(site, key))
        assert failure.cause == "several_emails"
        assert "holds 5 e-mail addresses: box1@crowded.example, box2@" in failure.text
        site.source.mutate("set_email", customer=key, value="box3@crowded.example")
        run = site.run("customers")
        assert (run.created, run.adds_up) == (1, True)
        assert "box3@crowded.example" in site.members()
        failure.refresh_from_db()
        assert failure.resolved_at


@pytest.mark.parametrize("field", [NOTHING_USABLE, "55 at tundra-textil"])
def test_a_field_with_nothing_usable_is_a_failure_until_it_is_corrected(site: Joined, field: str) -> None:
    key, address = somebody(site)
    site.source.mutate("set_email", customer=key, value=field)
    site.run("customers")
    failure = Failure.objects.get(link=link(site, key))
    assert failure.cause == "email"
    assert f"Email of customer {key} holds nothing that can be an e-mail address" in failure.text
    site.source.mutate("set_email", customer=key, value=address)
    run = site.run("customers")
    assert counts(run)["created"] == 1
    failure.refresh_from_db()
    assert failure.resolved_at
    assert_all_stand_once(site)


def test_a_field_of_separators_is_an_empty_one(site: Joined) -> None:
    key, address = somebody(site)
    site.source.mutate("spoil_customer", customer=key, how="separators_only")
    site.run("customers")
    assert (link(site, key).state, link(site, key).reason) == ("skipped", "no_email")
    assert address not in site.members()


LINES = {"1": "nothing", "2": "street", "3": "city", "4": "region", "5": "country"}


def test_an_address_line_that_means_nothing_is_neither_sent_nor_noticed() -> None:
    with syspro(settings={"address_lines": LINES}) as site:
        key, address = somebody(site)
        lines = {"SoldToAddr1": "c/o the gatekeeper", "SoldToAddr2": "High Street 1", "SoldToAddr3": "Paarl"}
        known = {"SoldToAddr5": "South Africa", "SoldPostalCode": "7646"}
        site.source.mutate("change_customer", customer=key, changes={**lines, **known})
        site.run("customers")
        shown = site.members()[address].merge["ADDRESS"]
        assert isinstance(shown, dict)
        assert (shown["addr1"], shown["city"], shown["country"]) == ("High Street 1", "Paarl", "ZA")
        assert "gatekeeper" not in str(site.members()[address])
        before = site.writes()
        site.source.mutate("change_customer", customer=key, changes={"SoldToAddr1": "ring twice"})
        assert counts(site.run("customers")) == {"read": 60, "unchanged": 60}
        assert site.writes() == before


def test_an_address_without_a_town_is_left_out_and_the_rest_goes(site: Joined) -> None:
    key, address = somebody(site)
    site.source.mutate("spoil_customer", customer=key, how="no_address")
    site.run("customers")
    assert "ADDRESS" not in site.members()[address].merge
    assert link(site, key).state == "clean"


def test_class_and_branch_become_fields_and_tags() -> None:
    with syspro(category_tag="CLASS", branch_tag="BRANCH", tags_from=("category", "branch")) as site:
        for tag in ("CLASS", "BRANCH"):
            site.mailchimp.mutate("add_merge_field", tag=tag, name=tag.title())
        connections.ping(site.integration.destination)
        site.run("customers")
        key, address = next(
            (key, address)
            for key, address in reachable(site).items()
            if customers(site)[key]["CustomerClass"]
        )
        known = customers(site)[key]
        assert site.members()[address].merge["CLASS"] == known["CustomerClass"]
        assert site.members()[address].merge["BRANCH"] == known["Branch"]
        assert _tags(site, address) == {f"Category: {known['CustomerClass']}", f"Branch: {known['Branch']}"}
        before = site.writes()
        assert counts(site.run("customers"))["unchanged"] == 60
        assert site.writes() == before
        site.source.mutate("change_customer", customer=key, changes={"Branch": "99"})
        site.run("customers")
        assert _tags(site, address) == {f"Category: {known['CustomerClass']}", "Branch: 99"}
        assert site.members()[address].merge["BRANCH"] == "99"


def test_what_happened_to_a_customer_is_in_the_trail(site: Joined) -> None:
    site.run("customers")
    kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert {"connection_pinged", "run_opened", "page_observed", "run_ended"} <= kinds


def test_who_is_gone_from_syspro_is_archived_where_that_is_wished(site: Joined) -> None:
    site.run("customers")
    key, address = somebody(site)
    site.source.mutate("delete_customer", customer=key)
    assert counts(site.run("customers")) == {"read": 59, "unchanged": 59}
    assert site.members()[address].status == "transactional"
    integrations.set_removal(site.job("customers"), remove=True)
    assert counts(site.run("customers")) == {"read": 60, "unchanged": 59, "removed": 1}
    assert site.members()[address].status == "archived"
    assert counts(site.run("customers")) == {"read": 59, "unchanged": 59}


def _tags(scene: Joined, address: str) -> set[str]:
    audience = scene.mailchimp.account.audiences[AUDIENCE]
    held: dict[int, Any] = dict(scene.members()[address].tags or {})
    return {audience.segments[number].name for number in held}
