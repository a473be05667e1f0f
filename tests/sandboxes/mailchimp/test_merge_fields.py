"""The fields of an audience, and what is accepted as a value for them."""

import pytest

from sandboxes.mailchimp import CLUB, CUSTOMERS, Mailchimp
from sandboxes.mailchimp.addresses import subscriber_hash
from tests.sandboxes.mailchimp.caller import Caller, Reply

FIELDS = f"/lists/{CUSTOMERS}/merge-fields"
JANE = "jane@firma.example"
HOME = {"addr1": "Hamngatan 1", "city": "Stockholm", "state": "", "zip": "11147", "country": "SE"}


def put(api: Caller, values: dict[str, object], list_id: str = CUSTOMERS, **query: str) -> Reply:
    body = {"email_address": JANE, "status_if_new": "subscribed", "merge_fields": values}
    return api.put(f"/lists/{list_id}/members/{subscriber_hash(JANE)}", body, **query)


def kept(api: Caller, values: dict[str, object]) -> dict[str, object]:
    reply = put(api, values)
    assert reply.status == 200, reply.body
    fields = reply["merge_fields"]
    assert isinstance(fields, dict)
    return fields


def test_a_new_audience_has_the_four_usual_fields(api: Caller) -> None:
    fields = api.get(FIELDS)
    assert [one["tag"] for one in fields.rows("merge_fields")] == ["FNAME", "LNAME", "ADDRESS", "PHONE"]
    assert api.get(FIELDS, type="address")["total_items"] == 1
    assert api.get(f"/lists/{CLUB}/merge-fields", required="true")["total_items"] == 2


def test_a_field_is_made_changed_and_dropped(api: Caller) -> None:
    made = api.post(FIELDS, {"name": "Customer no", "type": "text", "tag": "CUSTNO"})
    one = f"{FIELDS}/{made['merge_id']}"
    assert api.patch(one, {"name": "Number", "required": True})["required"] is True
    assert list(api.patch(one, {"name": "Number", "type": "number"}).errors) == ["type"]
    assert api.delete(one).status == 204
    assert api.get(one).status == 404


def test_a_field_without_a_tag_gets_one(api: Caller) -> None:
    made = api.post(FIELDS, {"name": "Extra", "type": "text"})
    assert made["tag"] == f"MMERGE{made['merge_id']}"


@pytest.mark.parametrize("tag", ["lower", "TOOLONGBYFAR", "WITH SPACE", "FNAME", "EMAIL"])
def test_bad_and_taken_tags_are_refused(api: Caller, tag: str) -> None:
    assert api.post(FIELDS, {"name": "x", "type": "text", "tag": tag}).status == 400


def test_thirty_fields_are_the_most(api: Caller) -> None:
    for number in range(26):
        assert api.post(FIELDS, {"name": f"f{number}", "type": "text"}).status == 200
    assert api.post(FIELDS, {"name": "one more", "type": "text"}).status == 400


def test_text_is_cut_to_255_bytes_without_a_word(api: Caller) -> None:
    assert kept(api, {"FNAME": "a" * 300})["FNAME"] == "a" * 255
    assert kept(api, {"FNAME": "ö" * 200})["FNAME"] == "ö" * 127


def test_a_value_for_a_field_the_audience_lacks_is_refused(api: Caller) -> None:
    reply = put(api, {"CUSTNO": "17"})
    assert (reply.status, reply.detail) == (400, "Your merge fields were invalid.")
    assert list(reply.errors) == ["CUSTNO"]


@pytest.mark.parametrize("value", [None, True, ["x"], {"street": "x"}])
def test_a_value_that_is_no_text_number_or_address_fails_the_schema(api: Caller, value: object) -> None:
    assert put(api, {"FNAME": value}).errors == {
        "merge_fields.FNAME": "Data did not match any of the schemas described in anyOf."
    }


def test_an_address_lacking_a_part_fails_the_schema_and_one_with_a_blank_the_field(api: Caller) -> None:
    partial = {"addr1": "x", "city": "y"}
    assert list(put(api, {"ADDRESS": partial}).errors) == ["merge_fields.ADDRESS"]
    blank = {**HOME, "city": ""}
    assert put(api, {"ADDRESS": blank}).errors == {"ADDRESS": "Please enter a complete address"}
    assert put(api, {"ADDRESS": {**HOME, "address1": "x"}}).status == 400


def test_a_state_may_be_empty_where_there_are_none(api: Caller) -> None:
    assert kept(api, {"ADDRESS": HOME})["ADDRESS"] == {**HOME, "addr2": ""}
    american = {**HOME, "country": "US"}
    assert put(api, {"ADDRESS": american}).errors == {"ADDRESS": "Please enter a complete address"}


def test_an_empty_address_comes_back_as_a_text(api: Caller) -> None:
    assert kept(api, {"ADDRESS": HOME})["ADDRESS"] != ""
    assert kept(api, {"ADDRESS": ""})["ADDRESS"] == ""


def test_a_stored_half_address_blocks_every_later_write(api: Caller, sandbox: Mailchimp) -> None:
    kept(api, {"FNAME": "Jane"})
    sandbox.mutate("edit_member", email=JANE, merge_fields={"ADDRESS": {"addr1": "only", "city": ""}})
    assert put(api, {"FNAME": "Joan"}).errors == {"ADDRESS": "Please enter a complete address"}
    assert kept(api, {"ADDRESS": HOME})["FNAME"] == "Jane"


def test_required_fields_are_asked_for_unless_their_check_is_skipped(api: Caller, sandbox: Mailchimp) -> None:
    refused = put(api, {}, CLUB)
    assert refused.errors == {"LNAME": "Please enter a value", "MEMBERNO": "Please enter a value"}
    assert put(api, {}, CLUB, skip_merge_validation="yes").status == 400  # anything but true and 1 is false
    assert put(api, {"TIER": "Iron"}, CLUB, skip_merge_validation="1").status == 400
    assert put(api, {}, CLUB, skip_merge_validation="TRUE").status == 200
    assert put(api, {"FNAME": "Jane"}, CLUB).status == 400
    sandbox.mutate("require_merge_field", tag="PHONE")
    assert put(api, {}).errors == {"PHONE": "Please enter a value"}


@pytest.mark.parametrize(
    ("kind", "good_and_stored", "bad"),
    [
        ("number", ("12.5", 12.5), "twelve"),
        ("number", (7, 7), "x"),
        ("date", ("2026-02-28", "2026-02-28"), "2026-02-30"),
        ("date", ("28-02-2026", "2026-02-28"), "28.02.2026"),
        ("date", ("02/28/2026", "2026-02-28"), "28/02/2026"),
        ("birthday", ("02/29", "02/29"), "29/02"),
        ("zip", ("12345", "12345"), "123 45"),
        ("url", ("https://firma.example/x", "https://firma.example/x"), "firma"),
        ("phone", ("+46 8 123", "+46 8 123"), None),
    ],
)
def test_each_type_has_its_format(
    api: Caller, sandbox: Mailchimp, kind: str, good_and_stored: tuple[object, object], bad: object
) -> None:
    good, stored = good_and_stored
    sandbox.mutate("add_merge_field", tag="X", kind=kind)
    assert kept(api, {"X": good})["X"] == stored
    assert put(api, {"X": bad}).status == 400


def test_a_choice_must_be_one_of_them(api: Caller) -> None:
    assert put(api, {"LNAME": "Doe", "MEMBERNO": 1, "TIER": "Gold"}, CLUB).status == 200
    assert list(put(api, {"TIER": "gold"}, CLUB).errors) == ["TIER"]
