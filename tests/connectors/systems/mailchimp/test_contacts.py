"""People as the audience knows them, read over real HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.records import Address, Contact, Standing
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.system import Page, Position, Stream
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.standing import BY_US
from sandboxes.mailchimp import CUSTOMERS
from tests.connectors.systems.mailchimp import records
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer
from tests.connectors.systems.mailchimp.standing_account import ADDRESS, HASH, Account

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
JANE = "jane@nordwind.example"
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")


@pytest.fixture(autouse=True)
def frozen(world: World) -> None:
    world.vendor.clock.set(START)
    world.vendor.clock.freeze()


def contacts(world: World, **options: Any) -> Stream[Any]:
    return world.client(options=records.options(CUSTOMERS, **options)).stream("contacts")


def read(stream: Stream[Any], start: Position | None = None) -> tuple[list[Page], dict[str, dict[str, Any]]]:
    pages = list(stream.pages(start, START + timedelta(days=1)))
    json.dumps([page.position for page in pages])
    return pages, {row.key: row.raw for page in pages for row in page.rows}


def one_of_each(world: World) -> None:
    for status in STATUSES:
        world.vendor.mutate("sign_up", email=f"{status}@nordwind.example")
    for action, status in (("unsubscribe", "unsubscribed"), ("clean", "cleaned"), ("archive", "archived")):
        world.vendor.mutate(action, email=f"{status}@nordwind.example")
    for status in ("pending", "transactional"):
        world.vendor.mutate("forget", email=f"{status}@nordwind.example")
        world.vendor.account.audiences[CUSTOMERS].forgotten.clear()
        sink = world.sink("audience_members", new_member_status=status)
        written(sink, change_of(sink, customer(email=f"{status}@nordwind.example")))


def test_everybody_is_read_with_their_status_but_for_the_archived(world: World) -> None:
    one_of_each(world)
    stream = contacts(world)
    pages, met = read(stream)
    found = {stream.canonical(raw).email: stream.canonical(raw).status for raw in met.values()}
    assert found == {f"{status}@nordwind.example": status for status in STATUSES[:-1]}
    assert [page.done for page in pages] == [False] * 4 + [True]


def test_the_fields_of_the_set_up_become_the_profile(world: World) -> None:
    place = {
        "addr1": "Hamngatan 1", "addr2": "", "city": "Stockholm", "state": "", "zip": "11147",
        "country": "SE",
    }  # fmt: skip
    world.vendor.mutate("add_merge_field", tag="FIRM")
    filled = {"FNAME": "Jane", "LNAME": "Doe", "PHONE": "+46 8", "ADDRESS": place, "FIRM": "Nordlicht AB"}
    world.vendor.mutate("sign_up", email=JANE, merge_fields=filled)
    world.vendor.mutate("edit_member", email=JANE, merge_fields={}, language="sv")
    stream = contacts(world, company_tag="FIRM")
    [raw] = read(stream)[1].values()
    assert stream.canonical(json.loads(json.dumps(raw))) == Contact(
        key=member_hash(JANE),
        email=JANE,
        status="subscribed",
        first_name="Jane",
        last_name="Doe",
        company="Nordlicht AB",
        phone="+46 8",
        language="sv",
        address=Address(line1="Hamngatan 1", city="Stockholm", postal_code="11147", country="SE"),
    )


def test_the_reason_for_leaving_is_told(world: World) -> None:
    world.vendor.mutate("sign_up", email=JANE)
    world.vendor.mutate("unsubscribe", email=JANE, reason="Too many mails")
    stream = contacts(world)
    [raw] = read(stream)[1].values()
    assert stream.canonical(raw).reason == "Too many mails"


def test_only_what_is_told_of_a_contact_counts_as_a_change(world: World) -> None:
    world.vendor.mutate("add_merge_field", tag="HOBBY")
    world.vendor.mutate("sign_up", email=JANE, merge_fields={"FNAME": "Jane", "HOBBY": "Chess"})
    before = read(contacts(world))[1]
    world.vendor.clock.advance(60)
    world.vendor.mutate("edit_member", email=JANE, merge_fields={"HOBBY": "Go"})
    world.vendor.mutate("tag_member", email=JANE, tags=["VIP"])
    assert read(contacts(world))[1] == before
    world.vendor.mutate("edit_member", email=JANE, merge_fields={"FNAME": "Janet"})
    assert read(contacts(world))[1] != before


def test_the_next_run_reads_only_what_is_new(world: World) -> None:
    for number in range(3):
        world.vendor.clock.set(START + timedelta(hours=number))
        world.vendor.mutate("sign_up", email=f"person{number}@nordwind.example")
    pages, _ = read(contacts(world))
    world.vendor.clock.set(START + timedelta(hours=5))
    world.vendor.mutate("unsubscribe", email="person0@nordwind.example")
    met = read(contacts(world), pages[-1].position)[1]
    assert set(met) == {member_hash("person0@nordwind.example"), member_hash("person2@nordwind.example")}
    assert met[member_hash("person0@nordwind.example")]["status"] == "unsubscribed"


def test_a_row_tells_when_it_changed_without_its_counting(world: World) -> None:
    world.vendor.mutate("sign_up", email=JANE)
    [row] = [row for page in contacts(world).pages(None, START) for row in page.rows]
    assert row.changed_at == START
    assert "last_changed" not in row.raw


def test_single_contacts_are_read_as_the_list_has_them(world: World) -> None:
    world.vendor.mutate("sign_up", email=JANE, merge_fields={"FNAME": "Jane"})
    stream = contacts(world)
    page = stream.fetch([member_hash(JANE), "0" * 32])
    assert {row.key: row.raw for row in page.rows} == read(stream)[1]
    assert list(page.missing) == ["0" * 32]


def test_an_archived_contact_that_is_hinted_at_says_nothing(world: World) -> None:
    world.vendor.mutate("sign_up", email=JANE)
    world.vendor.mutate("archive", email=JANE)
    stream = contacts(world)
    [row] = stream.fetch([member_hash(JANE)]).rows
    with pytest.raises(RecordSkipped, match="archived"):
        stream.canonical(row.raw)


def test_an_address_in_a_field_for_texts_is_left_where_it_is(world: World) -> None:
    stream = contacts(world)
    raw = {"id": "a", "status": "subscribed", "merge_fields": {"ADDRESS": "1 Main St, Springfield"}}
    assert stream.canonical(raw).address == Address()
    assert stream.canonical({**raw, "merge_fields": {"ADDRESS": ""}}).address == Address()


def test_a_field_of_numbers_is_read_as_text(world: World) -> None:
    raw = {"id": "a", "status": "subscribed", "merge_fields": {"FNAME": 7, "LNAME": None}}
    found = contacts(world).canonical(raw)
    assert (found.first_name, found.last_name) == ("7", "")


def test_a_row_that_names_nobody_is_rejected(world: World) -> None:
    with pytest.raises(RecordRejected):
        contacts(world).canonical({"email_address": JANE})


# -- what we did ourselves is not brought back as somebody's wish


@pytest.mark.parametrize("name", ["contacts", "consent"])
def test_whom_we_unsubscribed_for_their_standing_withdrew_nothing(world: World, name: str) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    stream = world.stream(name)
    for raw in (*read(stream)[1].values(), *(row.raw for row in stream.fetch([HASH]).rows)):
        with pytest.raises(RecordSkipped, match="We unsubscribed them"):
            stream.canonical(raw)


@pytest.mark.parametrize("name", ["contacts", "consent"])
def test_who_unsubscribes_themselves_after_we_did_is_told_all_the_same(world: World, name: str) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    world.vendor.mutate("unsubscribe", email=ADDRESS)
    stream = world.stream(name)
    [raw] = read(stream)[1].values()
    assert stream.canonical(raw).status == "unsubscribed"


def test_whom_a_colleague_unsubscribed_is_told(world: World) -> None:
    world.vendor.mutate("sign_up", email=JANE)
    world.vendor.mutate("admin_unsubscribe", email=JANE)
    stream = world.stream("consent")
    [raw] = read(stream)[1].values()
    assert stream.canonical(raw).status == "unsubscribed"
    assert "unsubscribed_by_us" not in raw


def test_who_is_back_in_good_standing_no_longer_carries_our_tag(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    assert world.member(ADDRESS)["tags"] == [BY_US]
    account.now(Standing.ACTIVE)
    assert not world.member(ADDRESS)["tags"]
    world.vendor.mutate("admin_unsubscribe", email=ADDRESS)
    stream = world.stream("consent")
    [raw] = read(stream)[1].values()
    assert stream.canonical(raw).status == "unsubscribed"
