"""Up to 500 contacts at once: partial success with 200, and what each option really does."""

from collections.abc import Mapping

import pytest

from sandboxes.mailchimp import CLUB, CUSTOMERS, Mailchimp
from sandboxes.mailchimp.addresses import subscriber_hash
from tests.sandboxes.mailchimp.caller import Caller, Reply

LIST = f"/lists/{CUSTOMERS}"


def row(name: str, **fields: object) -> dict[str, object]:
    return {"email_address": f"{name}@firma.example", "status": "subscribed", **fields}


def batch(
    api: Caller, *rows: Mapping[str, object], query: dict[str, str] | None = None, **options: object
) -> Reply:
    reply = api.post(LIST, {"members": list(rows), **options}, **(query or {}))
    assert reply.status == 200, reply.body
    return reply


def status(api: Caller, name: str) -> object:
    return api.get(f"{LIST}/members/{name}@firma.example")["status"]


def test_good_rows_are_kept_when_others_fail(api: Caller, sandbox: Mailchimp) -> None:
    batch(api, row("gone"), row("left"))
    sandbox.mutate("forget", email="gone@firma.example")
    sandbox.mutate("unsubscribe", email="left@firma.example")
    reply = batch(
        api,
        row("anna"),
        row("gone"),
        row("left"),
        {"email_address": "nobody@example.com", "status": "subscribed"},
        update_existing=True,
    )
    assert (reply["total_created"], reply["total_updated"], reply["error_count"]) == (1, 0, 3)
    errors = {one["email_address"]: one for one in reply.rows("errors")}
    assert {one["error_code"] for one in errors.values()} == {"ERROR_GENERIC"}
    assert "was permanently deleted" in str(errors["gone@firma.example"]["error"])
    assert "is in a compliance state" in str(errors["left@firma.example"]["error"])
    assert "looks fake or invalid" in str(errors["nobody@example.com"]["error"])


def test_known_addresses_are_errors_unless_updating_was_asked_for(api: Caller) -> None:
    batch(api, row("anna"))
    refused = batch(api, row("anna", language="de")).rows("errors")[0]
    assert refused["error_code"] == "ERROR_CONTACT_EXISTS"
    updated = batch(api, row("anna", language="de"), update_existing=True)
    assert updated.rows("updated_members")[0]["language"] == "de"


def test_updating_overwrites_the_status_of_who_a_colleague_took_off(api: Caller, sandbox: Mailchimp) -> None:
    batch(api, row("anna"))
    sandbox.mutate("admin_unsubscribe", email="anna@firma.example")
    batch(api, row("anna"), update_existing=True)
    assert status(api, "anna") == "subscribed"


def test_a_row_without_a_status_updates_who_is_there_and_adds_nobody(api: Caller, sandbox: Mailchimp) -> None:
    batch(api, row("left"))
    sandbox.mutate("unsubscribe", email="left@firma.example")
    profile = {"merge_fields": {"FNAME": "Lena"}}
    reply = batch(
        api,
        {"email_address": "left@firma.example", **profile},
        {"email_address": "new@firma.example", **profile},
        update_existing=True,
    )
    assert [one["email_address"] for one in reply.rows("updated_members")] == ["left@firma.example"]
    assert [(one["email_address"], one["error_code"]) for one in reply.rows("errors")] == [
        ("new@firma.example", "ERROR_GENERIC")
    ]
    assert status(api, "left") == "unsubscribed"


def test_an_archived_contact_is_shown_without_a_status(api: Caller) -> None:
    batch(api, row("anna"))
    api.delete(f"{LIST}/members/anna@firma.example")
    bare = {"email_address": "anna@firma.example", "language": "sv"}
    updated = batch(api, bare, update_existing=True).rows("updated_members")
    assert "status" not in updated[0]
    assert status(api, "anna") == "archived"


def test_a_repeated_address_fails_unless_repetitions_are_skipped(api: Caller) -> None:
    twice = [row("anna", language="de"), row("anna", language="sv")]
    reply = batch(api, *twice)
    assert (reply["total_created"], reply["error_count"]) == (1, 1)
    reply = batch(api, *twice, update_existing=True, query={"skip_duplicate_check": "true"})
    assert (reply["total_updated"], reply["error_count"]) == (1, 0)
    assert reply.rows("updated_members")[0]["language"] == "de"


def test_tags_are_added_and_with_sync_tags_replaced(api: Caller) -> None:
    batch(api, row("anna", tags=["a", "b"]))
    batch(api, row("anna", tags=["c"]), update_existing=True)
    member = f"{LIST}/members/{subscriber_hash('anna@firma.example')}"
    assert {tag["name"] for tag in api.get(f"{member}/tags").rows("tags")} == {"a", "b", "c"}
    batch(api, row("anna", tags=["c", "d"]), update_existing=True, sync_tags=True)
    assert {tag["name"] for tag in api.get(f"{member}/tags").rows("tags")} == {"c", "d"}


def test_replacing_tags_needs_updating(api: Caller) -> None:
    assert api.post(LIST, {"members": [row("anna")], "sync_tags": True}).status == 400


def test_a_missing_required_field_fails_its_row_and_names_it(api: Caller) -> None:
    reply = api.post(f"/lists/{CLUB}", {"members": [row("anna", merge_fields={"MEMBERNO": 7})]})
    error = reply.rows("errors")[0]
    assert error["error"] == "Your merge fields were invalid."
    assert (error["field"], error["field_message"]) == ("LNAME", "Please enter a value")
    skipped = api.post(
        f"/lists/{CLUB}", {"members": [row("anna", merge_fields={})]}, skip_merge_validation="true"
    )
    assert skipped["total_created"] == 1


def test_a_row_of_the_wrong_shape_fails_the_whole_call(api: Caller) -> None:
    reply = api.post(LIST, {"members": [row("anna"), row("bo", merge_fields={"FNAME": None})]})
    assert (reply.status, reply.title) == (400, "Invalid Resource")
    assert reply.errors == {
        "members.item:1.merge_fields.FNAME": "Data did not match any of the schemas described in anyOf."
    }
    assert api.get(f"{LIST}/members")["total_items"] == 0


def test_there_is_no_status_if_new_here(api: Caller) -> None:
    reply = api.post(LIST, {"members": [row("anna", status_if_new="subscribed")]})
    assert list(reply.errors) == ["members.item:0.status_if_new"]


def test_more_than_500_are_too_many(api: Caller) -> None:
    rows = [row(f"p{number}") for number in range(501)]
    assert list(api.post(LIST, {"members": rows}).errors) == ["members"]
    assert batch(api, *rows[:500])["total_created"] == 500


def test_every_row_is_counted_as_a_write_and_told_from_a_needless_one(
    api: Caller, sandbox: Mailchimp
) -> None:
    batch(api, row("anna"), row("bo"))
    batch(api, row("anna"), row("bo", language="de"), update_existing=True)
    key = f"{CUSTOMERS}/{subscriber_hash('anna@firma.example')}"
    assert list(sandbox.journal.needless("members")) == [key]
    assert sandbox.journal.write_summary()["members"] == {
        "records": 2,
        "writes": 4,
        "created": 2,
        "updated": 1,
        "unchanged": 1,
        "deleted": 0,
        "repeated": 2,
    }


@pytest.mark.parametrize("body", [b"[]", b'{"members": {}}', b'{"update_existing": true}'])
def test_bodies_of_another_shape_are_refused(api: Caller, body: bytes) -> None:
    assert api.post(LIST, body).title == "Invalid Resource"
