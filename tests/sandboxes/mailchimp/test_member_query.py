"""Finding contacts: filters, order, pages, and which fields come back."""

import pytest

from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from tests.sandboxes.mailchimp.caller import Caller, Reply

MEMBERS = f"/lists/{CUSTOMERS}/members"


@pytest.fixture
def people(api: Caller, sandbox: Mailchimp) -> list[str]:
    """Twelve contacts, each changed ten seconds after the one before."""
    names = [f"p{number:02}@firma.example" for number in range(12)]
    for name in names:
        rows = [{"email_address": name, "status": "subscribed"}]
        assert api.post(f"/lists/{CUSTOMERS}", {"members": rows})["total_created"] == 1
        sandbox.clock.advance(10)
    return names


def emails(reply: Reply) -> list[object]:
    return [one["email_address"] for one in reply.rows("members")]


def test_pages_of_ten_unless_asked_otherwise(api: Caller, people: list[str]) -> None:
    assert emails(api.get(MEMBERS)) == people[:10]
    assert emails(api.get(MEMBERS, offset=10)) == people[10:]
    assert api.get(MEMBERS, count=3)["total_items"] == 12
    assert emails(api.get(MEMBERS, count=0)) == []


@pytest.mark.parametrize(
    "query",
    [
        {"count": "1001"},
        {"count": "-1"},
        {"offset": "x"},
        {"status": "active"},
        {"sort_field": "email"},
        {"since_last_changed": "yesterday"},
    ],
)
def test_what_makes_no_sense_in_the_query_is_refused(api: Caller, query: dict[str, str]) -> None:
    reply = api.get(MEMBERS, **query)
    assert (reply.status, list(reply.errors)) == (400, list(query))


def test_sorted_by_the_last_change_either_way(api: Caller, people: list[str]) -> None:
    api.patch(f"{MEMBERS}/{people[0]}", {"language": "de"})
    changed = [*people[1:], people[0]]
    assert emails(api.get(MEMBERS, sort_field="last_changed", sort_dir="ASC", count=20)) == changed
    assert emails(api.get(MEMBERS, sort_field="last_changed", sort_dir="DESC", count=20)) == changed[::-1]


def test_since_is_strictly_after(api: Caller, people: list[str]) -> None:
    moments = [one["last_changed"] for one in api.get(MEMBERS, count=20).rows("members")]
    assert emails(api.get(MEMBERS, since_last_changed=moments[9])) == people[10:]
    assert emails(api.get(MEMBERS, before_last_changed=moments[1])) == people[:1]


def test_the_offset_of_a_filter_is_ignored(api: Caller, people: list[str]) -> None:
    moment = str(api.get(f"{MEMBERS}/{people[9]}")["last_changed"])
    elsewhere = moment.replace("+00:00", "-02:00")
    assert emails(api.get(MEMBERS, since_last_changed=elsewhere)) == people[10:]
    # An unescaped plus arrives as a space and is no part of the time either.
    raw = api.raw("GET", f"/3.0{MEMBERS}?since_last_changed={moment}")
    assert emails(raw) == people[10:]


def test_archived_contacts_come_only_when_asked_for(api: Caller, people: list[str]) -> None:
    api.delete(f"{MEMBERS}/{people[3]}")
    assert api.get(MEMBERS)["total_items"] == 11
    assert emails(api.get(MEMBERS, status="archived")) == [people[3]]


def test_unsubscribed_since_needs_the_status(api: Caller, sandbox: Mailchimp, people: list[str]) -> None:
    since = str(api.get(f"{MEMBERS}/{people[11]}")["last_changed"])
    sandbox.mutate("unsubscribe", email=people[5])
    assert api.get(MEMBERS, unsubscribed_since=since).status == 400
    assert emails(api.get(MEMBERS, unsubscribed_since=since, status="unsubscribed")) == [people[5]]
    assert api.get(MEMBERS, since_last_campaign="true").status == 400


def test_filters_add_up_and_booleans_are_read_loosely(api: Caller, people: list[str]) -> None:
    for name in people[:2]:
        api.patch(f"{MEMBERS}/{name}", {"vip": True})
    assert emails(api.get(MEMBERS, vip_only="True")) == people[:2]
    assert emails(api.get(MEMBERS, vip_only="1", status="pending")) == []
    # Anything else is false, silently; the contract's own checker would object, so it is not asked.
    unwatched = Caller(Mailchimp())
    unwatched.put(
        f"{MEMBERS}/x@firma.example", {"email_address": "x@firma.example", "status_if_new": "pending"}
    )
    assert unwatched.get(MEMBERS, vip_only="yes")["total_items"] == 1


def test_a_page_found_before_a_change_is_not_served_after_it(api: Caller, people: list[str]) -> None:
    query = {"sort_field": "last_changed", "sort_dir": "ASC", "count": 20}
    assert emails(api.get(MEMBERS, **query))[-1] == people[11]
    api.patch(f"{MEMBERS}/{people[4]}", {"language": "de"})
    assert emails(api.get(MEMBERS, **query)).index(people[4]) > 4 or people[4] == people[-1]


def test_fields_and_exclude_fields_narrow_the_answer(api: Caller, people: list[str]) -> None:
    only = api.get(MEMBERS, fields="members.id,members.merge_fields.FNAME,total_items", count=1).json()
    assert list(only) == ["members", "total_items"]
    assert api.get(MEMBERS, fields="members.id", count=1).rows("members")[0].keys() == {"id"}
    without = api.get(f"{MEMBERS}/{people[0]}", exclude_fields="_links,stats.avg_open_rate").json()
    assert "_links" not in without
    assert without["stats"] == {"avg_click_rate": 0}


def test_fields_must_exist_and_exclude_each_other(api: Caller) -> None:
    assert api.get(MEMBERS, fields="members.mail").status == 400
    assert api.get(MEMBERS, fields="id").status == 400
    assert api.get(MEMBERS, fields="members", exclude_fields="_links").status == 400


def test_search_tells_exact_from_partial(api: Caller, people: list[str]) -> None:
    found = api.get("/search-members", query=people[3].upper(), list_id=CUSTOMERS).json()
    assert isinstance(found["exact_matches"], dict)
    assert isinstance(found["full_search"], dict)
    assert found["exact_matches"]["total_items"] == 1
    assert found["full_search"]["total_items"] == 0
    partial = api.get("/search-members", query="firma")["full_search"]
    assert isinstance(partial, dict)
    assert partial["total_items"] == 12
    assert api.get("/search-members").status == 400
