"""One contact at a time: who may come, what a write changes, what the vendor refuses."""

import pytest

from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.mailchimp.addresses import subscriber_hash
from tests.sandboxes.mailchimp.caller import Caller

MEMBERS = f"/lists/{CUSTOMERS}/members"
JANE = "jane@firma.example"


def path(email: str) -> str:
    return f"{MEMBERS}/{subscriber_hash(email)}"


def put(api: Caller, email: str = JANE, **fields: object) -> dict[str, object]:
    body = {"email_address": email, "status_if_new": "subscribed", **fields}
    reply = api.put(path(email), body)
    assert reply.status == 200, reply.body
    return reply.json()


def status(api: Caller, email: str = JANE) -> object:
    return api.get(path(email))["status"]


def test_the_hash_is_the_md5_of_the_lower_case_address() -> None:
    assert subscriber_hash("jane@example.com") == "9e26471d35a78862c17e467d87cddedf"
    assert subscriber_hash("Jane@Example.com") == subscriber_hash("jane@example.com")


def test_a_put_creates_with_status_if_new_and_leaves_the_status_of_who_is_there(api: Caller) -> None:
    assert put(api)["status"] == "subscribed"
    assert put(api, status_if_new="unsubscribed")["status"] == "subscribed"
    assert put(api, "john@firma.example", status="pending")["status"] == "pending"


def test_a_put_needs_both_the_address_and_status_if_new(api: Caller) -> None:
    reply = api.put(path(JANE), {"email_address": JANE})
    assert (reply.status, reply.title) == (400, "Invalid Resource")
    assert reply.errors[""] == "Required fields were not provided: status_if_new"


def test_a_status_overwrites_and_can_bring_back_who_a_colleague_took_off(
    api: Caller, sandbox: Mailchimp
) -> None:
    put(api)
    sandbox.mutate("admin_unsubscribe", email=JANE)
    assert status(api) == "unsubscribed"
    assert put(api, status="subscribed")["status"] == "subscribed"


@pytest.mark.parametrize("leaving", ["unsubscribe", "clean"])
def test_who_left_or_bounced_cannot_be_subscribed_but_asked_again(
    api: Caller, sandbox: Mailchimp, leaving: str
) -> None:
    put(api)
    sandbox.mutate(leaving, email=JANE)
    for refused in (
        api.put(path(JANE), {"email_address": JANE, "status_if_new": "subscribed", "status": "subscribed"}),
        api.patch(path(JANE), {"status": "subscribed"}),
    ):
        assert (refused.status, refused.title) == (400, "Member In Compliance State")
        assert refused.detail.startswith(f"{JANE} is in a compliance state due to unsubscribe, bounce")
    assert api.patch(path(JANE), {"status": "pending"})["status"] == "pending"
    assert api.patch(path(JANE), {"status": "subscribed"}).status == 400
    sandbox.mutate("confirm", email=JANE)
    assert status(api) == "subscribed"


def test_a_profile_write_without_a_status_reaches_who_left(api: Caller, sandbox: Mailchimp) -> None:
    put(api)
    sandbox.mutate("unsubscribe", email=JANE)
    after = put(api, merge_fields={"FNAME": "Jane"})
    assert (after["status"], after["full_name"]) == ("unsubscribed", "Jane")


def test_a_post_of_a_known_address_is_refused(api: Caller) -> None:
    new = {"email_address": JANE, "status": "subscribed", "tags": ["vip", "erp"]}
    created = api.post(MEMBERS, new)
    assert [tag["name"] for tag in created.rows("tags")] == ["vip", "erp"]
    again = api.post(MEMBERS, new)
    assert (again.status, again.title) == (400, "Member Exists")
    assert again.detail == f"{JANE} is already a list member. Use PUT to insert or update list members."


def test_a_put_under_the_hash_of_another_spelling_is_refused_the_second_time(api: Caller) -> None:
    body = {"email_address": "Jane@Firma.example", "status_if_new": "subscribed"}
    wrong = f"{MEMBERS}/{'0' * 32}"
    assert api.put(wrong, body)["id"] == subscriber_hash("jane@firma.example")
    again = api.put(wrong, body)
    assert (again.status, again.title) == (400, "Member Exists")


def test_an_address_is_changed_under_the_old_hash(api: Caller) -> None:
    before = put(api)
    after = api.patch(path(JANE), {"email_address": "jane.doe@firma.example"})
    assert after["id"] == subscriber_hash("jane.doe@firma.example")
    assert after["contact_id"] == before["contact_id"]
    assert api.get(path(JANE)).status == 404
    assert api.get(f"{MEMBERS}/{after['contact_id']}")["email_address"] == "jane.doe@firma.example"


def test_an_address_cannot_become_one_that_exists_even_archived(api: Caller) -> None:
    put(api)
    put(api, "john@firma.example")
    api.delete(path("john@firma.example"))
    refused = api.patch(path(JANE), {"email_address": "john@firma.example"})
    assert (refused.status, refused.title) == (400, "Member Exists")
    assert refused.detail == 'john@firma.example is already in this list with a status of "Archived".'


def test_delete_archives_and_only_a_status_revives(api: Caller) -> None:
    put(api)
    gone = api.delete(path(JANE))
    assert (gone.status, gone.body) == (204, b"")
    assert status(api) == "archived"
    assert api.delete(path(JANE)).status == 405
    assert put(api)["status"] == "archived"
    assert put(api, status="subscribed")["status"] == "subscribed"


def test_an_archived_contact_who_had_left_stays_out(api: Caller, sandbox: Mailchimp) -> None:
    put(api)
    sandbox.mutate("unsubscribe", email=JANE)
    api.delete(path(JANE))
    revived = api.put(path(JANE), {"email_address": JANE, "status_if_new": "pending", "status": "subscribed"})
    assert revived.title == "Member In Compliance State"


def test_a_forgotten_address_looks_never_seen_until_it_is_written(api: Caller, sandbox: Mailchimp) -> None:
    put(api)
    assert api.post(f"{path(JANE)}/actions/delete-permanent").status == 204
    assert api.get(path(JANE)).status == 404
    assert api.patch(path(JANE), {"language": "de"}).status == 404
    for status_if_new in ("subscribed", "pending"):
        refused = api.put(path(JANE), {"email_address": JANE, "status_if_new": status_if_new})
        assert (refused.status, refused.title) == (400, "Forgotten Email Not Subscribed")
    sandbox.mutate("sign_up", email=JANE)
    assert status(api) == "subscribed"


def test_deleting_for_good_takes_the_hash_only(api: Caller) -> None:
    contact = put(api)["contact_id"]
    assert api.get(f"{MEMBERS}/{JANE}").status == 200
    assert api.post(f"{MEMBERS}/{JANE}/actions/delete-permanent").status == 404
    assert api.post(f"{MEMBERS}/{contact}/actions/delete-permanent").status == 404


@pytest.mark.parametrize(
    "email",
    [
        "no-at-sign.example",
        "two@@signs.example",
        "blank in@name.example",
        "trailing.dot@name.example.",
        "double..dot@name.example",
        "no-top-level@localonly",
        "jürgen@firma.example",
        "someone@example.com",
        "x@test.com",
        "a@b.invalid",
        "aaaa@firma.example",
        "@firma.example",
        "Jane <jane@firma.example>",
        "",
    ],
)
def test_a_fake_or_invalid_address_is_refused(api: Caller, email: str) -> None:
    reply = api.post(MEMBERS, {"email_address": email, "status": "subscribed"})
    assert (reply.status, reply.title) == (400, "Invalid Resource")
    if email:
        assert reply.detail == f"{email} looks fake or invalid, please enter a real email address."
        assert "errors" not in reply.json()


def test_an_address_that_signed_up_too_often_may_come_later(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("flood", email=JANE, seconds=300)
    refused = api.put(path(JANE), {"email_address": JANE, "status_if_new": "subscribed"})
    assert refused.detail == (
        f"{JANE} has signed up to a lot of lists very recently; we're not allowing more signups for now"
    )
    sandbox.clock.advance(301)
    assert put(api)["status"] == "subscribed"


def test_repeating_pending_sends_no_second_mail(api: Caller, sandbox: Mailchimp) -> None:
    for _ in range(3):
        put(api, status_if_new="pending", status="pending")
    assert sandbox.account.audiences[CUSTOMERS].members[subscriber_hash(JANE)].confirmations == 1


def test_a_patch_may_not_make_anybody_transactional(api: Caller) -> None:
    put(api)
    assert api.patch(path(JANE), {"status": "transactional"}).errors["status"].startswith("This value should")
    assert api.patch(path(JANE), {"status": "archived"}).status == 400


def test_unknown_fields_and_wrong_types_are_refused_by_name(api: Caller) -> None:
    body = {
        "email_address": JANE,
        "status_if_new": "subscribed",
        "merge_field": {},
        "vip": "true",
        "language": 7,
        "ip_signup": "300.1.1.1",
        "timestamp_opt": "yesterday",
        "location": {"latitude": "1"},
        "email_type": None,
    }
    assert api.put(path(JANE), body).errors == {
        "merge_field": "Schema describes no field of this name",
        "vip": "Schema describes boolean, string found instead",
        "language": "Schema describes string, integer found instead",
        "ip_signup": "This value is not a valid IP address.",
        "timestamp_opt": "This value is not a valid datetime.",
        "location.latitude": "Schema describes number, string found instead",
        "email_type": "Schema describes string, null found instead",
    }


def test_tags_in_a_put_are_kept_for_a_new_contact_and_dropped_for_a_known_one() -> None:
    unwatched = Caller(Mailchimp())  # the contract does not describe them
    created = unwatched.put(path(JANE), {"email_address": JANE, "status_if_new": "pending", "tags": ["new"]})
    assert created["tags_count"] == 1
    known = unwatched.put(path(JANE), {"email_address": JANE, "status_if_new": "pending", "tags": ["more"]})
    assert (known.status, known["tags_count"]) == (200, 1)


def test_tag_objects_instead_of_names_are_refused(api: Caller) -> None:
    body = {"email_address": JANE, "status": "subscribed", "tags": [{"name": "x", "status": "active"}]}
    assert api.post(MEMBERS, body).errors == {
        "tags.item:0": "Schema describes string, object found instead",
    }


def test_times_are_utc_and_unset_ones_empty() -> None:
    unwatched = Caller(Mailchimp())  # a time with a space is the vendor's own example, not its contract's
    member = put(unwatched, status_if_new="pending", timestamp_signup="2026-09-13 10:04:00")
    assert member["timestamp_signup"] == "2026-09-13T10:04:00+00:00"
    assert member["timestamp_opt"] == ""
    assert str(member["last_changed"]).endswith("+00:00")


def test_only_a_real_change_moves_last_changed(api: Caller, sandbox: Mailchimp) -> None:
    first = put(api, merge_fields={"FNAME": "Jane"}, language="en")
    sandbox.clock.advance(60)
    assert put(api, merge_fields={"FNAME": "Jane"}, language="en")["last_changed"] == first["last_changed"]
    assert put(api, language="de")["last_changed"] != first["last_changed"]
    key = f"{CUSTOMERS}/{subscriber_hash(JANE)}"
    writes = sandbox.journal.writes("members")[key]
    assert (writes.created, writes.updated, writes.unchanged) == (1, 1, 1)
