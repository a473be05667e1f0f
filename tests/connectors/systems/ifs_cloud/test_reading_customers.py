"""Reading customers from a real server: all of them, once each, whatever happens meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.records.canonical import fingerprint
from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Page
from sandboxes.ifs_cloud import IfsCloud
from tests.connectors.systems.ifs_cloud.environment import RUN_START, Environment, Maker, keys_of

FORMS = ("absolute", "host", "service")


def ids_in(sandbox: IfsCloud) -> list[str]:
    customers: Any = sandbox.state("customers")
    return sorted(one["CustomerId"] for one in customers)


def emails_in(sandbox: IfsCloud) -> dict[str, str]:
    customers: Any = sandbox.state("customers")
    return {one["CustomerId"]: one["email"] or "" for one in customers}


def emails_read(ifs: Environment, pages: list[Page], **settings: Any) -> dict[str, str]:
    stream = ifs.system(**settings).stream("customers")
    return {row.key: stream.canonical(row.raw).email for page in pages for row in page.rows}


def test_every_customer_is_read_once_in_the_order_of_its_number(environments: Maker) -> None:
    ifs = environments(customers=450)
    ifs.ping()
    pages = ifs.read("customers", page_size=100)
    assert keys_of(pages) == ids_in(ifs.sandbox)
    assert [page.done for page in pages] == [False] * (len(pages) - 1) + [True]
    assert all(page.sweep for page in pages)
    assert [page.total for page in pages] == [450] * len(pages)
    assert all(len(page.rows) <= 100 for page in pages)
    assert all(row.version for page in pages for row in page.rows)


def test_e_mails_of_a_page_come_in_one_call_and_follow_the_default_rule(environments: Maker) -> None:
    ifs = environments(customers=450)
    ifs.ping()
    before = ifs.sandbox.journal.last
    pages = ifs.read("customers", page_size=150)
    assert emails_read(ifs, pages) == emails_in(ifs.sandbox)
    assert len(ifs.sandbox.journal.calls(since=before, path="*/CommunicationMethods")) == 3


def test_without_a_flat_set_customers_are_asked_one_by_one_with_the_same_result(environments: Maker) -> None:
    ifs = environments(customers=230, flat_communication_methods=False)
    assert "customer by customer" in ifs.ping()["E-mail addresses"].text
    pages = ifs.read("customers")
    assert keys_of(pages) == ids_in(ifs.sandbox)
    assert emails_read(ifs, pages) == emails_in(ifs.sandbox)
    assert max(len(page.rows) for page in pages) == 100


def test_nothing_depends_on_a_ping_having_been_made(ifs: Environment) -> None:
    pages = ifs.read("customers")
    assert keys_of(pages) == ids_in(ifs.sandbox)
    assert emails_read(ifs, pages) == emails_in(ifs.sandbox)


def test_reading_resumes_after_any_page(environments: Maker) -> None:
    ifs = environments(customers=130)
    ifs.ping()
    pages = ifs.read("customers", page_size=30)
    for at, page in enumerate(pages[:-1], start=1):
        rest = ifs.read("customers", page.position, page_size=30)
        assert keys_of(rest) == keys_of(pages[at:])
        assert rest[-1].position == pages[-1].position
        assert all(one.sweep for one in rest)


def test_a_sweep_resumed_by_another_run_takes_nothing_for_gone(environments: Maker) -> None:
    ifs = environments(customers=130)
    ifs.ping()
    first = ifs.read("customers", page_size=30)[0]
    later = ifs.read("customers", first.position, RUN_START + timedelta(hours=1), page_size=30)
    assert not any(page.sweep for page in later)


def test_no_gap_and_no_repeat_while_others_come_and_go(environments: Maker) -> None:
    ifs = environments(customers=300)
    ifs.ping()
    there = ids_in(ifs.sandbox)
    read: list[str] = []
    gone: set[str] = set()
    for number, page in enumerate(ifs.system(page_size=20).stream("customers").pages(None, RUN_START)):
        read += [row.key for row in page.rows]
        behind, ahead = f"00-{number:03d}", f"zz-{number:03d}"
        for new in (behind, ahead):
            ifs.sandbox.mutate("add_customer", values={"CustomerId": new, "Name": "Newcomer Ltd"})
        if number < 5:
            gone.add(there[number])
            ifs.sandbox.mutate("delete_customer", customer_id=there[number])
    assert len(read) == len(set(read))
    assert set(there) <= set(read) | gone
    assert not [key for key in read if key.startswith("00-")]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("when", [frozenset(), frozenset({"cap"}), frozenset({"cap", "top"})])
def test_a_server_that_gives_less_than_asked_loses_nothing(
    environments: Maker, form: str, when: frozenset[str]
) -> None:
    ifs = environments(customers=170, page_cap=40, next_links=when, next_link_form=form)
    assert keys_of(ifs.read("customers", page_size=100)) == ids_in(ifs.sandbox)
    ifs.ping()
    pages = ifs.read("customers", page_size=100)
    assert keys_of(pages) == ids_in(ifs.sandbox)
    assert emails_read(ifs, pages) == emails_in(ifs.sandbox)


def test_where_keys_cannot_be_compared_reading_goes_by_position(environments: Maker) -> None:
    ifs = environments(
        customers=130, unfilterable=frozenset({"CustomerId"}), flat_communication_methods=False
    )
    ifs.ping()
    pages = ifs.read("customers", page_size=50)
    assert keys_of(pages) == ids_in(ifs.sandbox)
    assert not pages[-1].sweep
    half = ifs.read("customers", pages[1].position, page_size=50)
    assert keys_of(half) == keys_of(pages[2:])


def test_a_set_that_cannot_count_is_read_all_the_same(environments: Maker) -> None:
    ifs = environments(uncountable=frozenset({"CustomerInfoSet"}))
    ifs.ping()
    pages = ifs.read("customers")
    assert keys_of(pages) == ids_in(ifs.sandbox)
    assert {page.total for page in pages} == {None}


def test_records_are_fetched_by_key_and_missing_ones_are_named(environments: Maker) -> None:
    ifs = environments(customers=1400)
    ifs.ping()
    awkward = [key for key in ids_in(ifs.sandbox) if not key.isdecimal()]
    assert {"A/B 97", "R&D 388", "50% 485", "679''"} & set(awkward)
    assert len(awkward) == 14
    wanted = [*awkward, "nobody", "10001", "10001"]
    before = ifs.sandbox.journal.last
    page = ifs.system().stream("customers").fetch(wanted)
    assert [row.key for row in page.rows] == [*awkward, "10001"]
    assert page.missing == ["nobody"]
    assert page.done
    assert len(ifs.sandbox.journal.calls(since=before, path="*/CustomerInfoSet")) == 2
    assert emails_read(ifs, [page])["10001"] == emails_in(ifs.sandbox)["10001"]


def test_a_fetched_customer_equals_the_swept_one(environments: Maker) -> None:
    ifs = environments(customers=400, flat_communication_methods=False)
    swept = {row.key: row for page in ifs.read("customers") for row in page.rows}
    fetched = ifs.system().stream("customers").fetch(list(swept))
    assert {row.key: row for row in fetched.rows} == swept


def test_a_new_e_mail_address_changes_the_version_of_its_customer(ifs: Environment) -> None:
    ifs.ping()
    before = {row.key: row for page in ifs.read("customers") for row in page.rows}
    ifs.sandbox.mutate("set_email", customer_id="10003", value="new@address.example")
    after = {row.key: row for page in ifs.read("customers") for row in page.rows}
    changed = [key for key in before if before[key].version != after[key].version]
    assert changed == ["10003"]
    assert fingerprint(before["10003"].raw) != fingerprint(after["10003"].raw)
    assert fingerprint(before["10004"].raw) == fingerprint(after["10004"].raw)


def test_a_touched_customer_has_a_new_version_and_the_same_content(ifs: Environment) -> None:
    before = ifs.system().stream("customers").fetch(["10003"]).rows[0]
    ifs.sandbox.mutate("touch", entity="CustomerInfo", keys=[{"CustomerId": "10003"}])
    after = ifs.system().stream("customers").fetch(["10003"]).rows[0]
    assert before.version != after.version
    assert before.raw == after.raw


def test_spoiled_customers_are_told_and_the_others_read(ifs: Environment) -> None:
    ifs.ping()
    for key, how in (("10003", "no_key"), ("10004", "nul"), ("10005", "long_name")):
        ifs.sandbox.mutate("spoil_customer", customer_id=key, how=how)
    pages = ifs.read("customers", page_size=20)
    assert set(ids_in(ifs.sandbox)) - set(keys_of(pages)) == {"10003"}
    ((who, why),) = [refused for page in pages for refused in page.refused]
    assert who
    assert "left out because it has no key (CustomerId)" in why
    stream = ifs.system().stream("customers")
    raw = {row.key: row.raw for page in pages for row in page.rows}
    assert "\x00" in raw["10004"]["customer"]["Name"]
    assert "\x00" not in stream.canonical(raw["10004"]).name
    with pytest.raises(RecordRejected, match="Name of customer 10005 has 40,960 characters"):
        stream.canonical(raw["10005"])


def test_contacts_stand_in_only_where_settings_say_so(environments: Maker) -> None:
    ifs = environments(customers=300)
    ifs.ping()
    silent = {key for key, email in emails_in(ifs.sandbox).items() if not email}
    contacts: Any = ifs.sandbox.state("CustomerInfoContact")
    primary = {one["CustomerId"] for one in contacts if one["CustomerPrimary"] and one["Email"]}
    plain = emails_read(ifs, ifs.read("customers"))
    assert {key for key, email in plain.items() if not email} == silent
    with_contacts = emails_read(ifs, ifs.read("customers", use_contacts=True), use_contacts=True)
    helped = {key for key in silent if with_contacts[key]}
    assert helped <= primary
    assert helped == {key for key in silent if key in primary and not _has_ended_email(ifs, key)}
    assert {key: e for key, e in with_contacts.items() if key not in helped} == {
        key: e for key, e in plain.items() if key not in helped
    }


def test_addresses_are_read_where_settings_say_so(ifs: Environment) -> None:
    ifs.ping(read_addresses=True)
    stream = ifs.system(read_addresses=True).stream("customers")
    (row,) = stream.fetch(["10003"]).rows
    address = stream.canonical(row.raw).address
    held: Any = ifs.sandbox.state("CustomerInfoAddress", "10003")
    assert address.city == held[0]["City"]
    assert address.country == held[0]["Country"]
    assert ifs.system().stream("customers").canonical({"customer": row.raw["customer"]}).address.is_empty


def _has_ended_email(ifs: Environment, customer: str) -> bool:
    held: Any = ifs.sandbox.state("CommunicationMethod", customer)
    return any(one["MethodId"] == "EMail" and one["PartyType"] == "Customer" for one in held)
