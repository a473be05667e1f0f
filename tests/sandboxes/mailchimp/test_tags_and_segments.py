"""Tags and the static segments behind them."""

import pytest

from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.mailchimp.addresses import subscriber_hash
from tests.sandboxes.mailchimp.caller import Caller

LIST = f"/lists/{CUSTOMERS}"
JANE = "jane@firma.example"
TAGS = f"{LIST}/members/{subscriber_hash(JANE)}/tags"


@pytest.fixture(autouse=True)
def _jane(sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    sandbox.mutate("sign_up", email="john@firma.example")


def names(api: Caller) -> list[object]:
    return [tag["name"] for tag in api.get(TAGS).rows("tags")]


def test_active_adds_and_inactive_removes(api: Caller) -> None:
    reply = api.post(TAGS, {"tags": [{"name": "a", "status": "active"}, {"name": "b", "status": "active"}]})
    assert (reply.status, reply.body) == (204, b"")
    api.post(TAGS, {"tags": [{"name": "a", "status": "inactive"}], "is_syncing": True})
    assert names(api) == ["b"]
    assert [tag["name"] for tag in api.get(f"{LIST}/tag-search", name="A").rows("tags")] == ["a"]


@pytest.mark.parametrize(
    "body", [{"a": "active"}, {"tags": ["a"]}, {"tags": [{"name": "a", "status": "on"}]}, [], {}]
)
def test_a_body_of_another_shape_is_204_and_does_nothing(body: object) -> None:
    unwatched = Caller(Mailchimp())  # the contract describes one shape only
    unwatched.sandbox.mutate("sign_up", email=JANE)
    assert unwatched.post(TAGS, body).status == 204
    assert names(unwatched) == []


def test_tags_take_the_hash_only(api: Caller) -> None:
    body = {"tags": [{"name": "a", "status": "active"}]}
    assert api.post(f"{LIST}/members/{JANE}/tags", body).status == 404


def test_a_member_shows_fifty_tags_at_most(api: Caller) -> None:
    api.post(TAGS, {"tags": [{"name": f"t{number}", "status": "active"} for number in range(60)]})
    member = api.get(f"{LIST}/members/{JANE}")
    assert (member["tags_count"], len(member.rows("tags"))) == (60, 50)
    assert len(api.get(TAGS, count=1000).rows("tags")) == 60


def test_a_static_segment_passes_over_strangers(api: Caller) -> None:
    made = api.post(
        f"{LIST}/segments", {"name": "spring", "static_segment": [JANE, "stranger@firma.example"]}
    )
    assert (made["type"], made["member_count"]) == ("static", 1)
    one = f"{LIST}/segments/{made['id']}"
    changed = api.post(
        one, {"members_to_add": ["john@firma.example", "x@firma.example"], "members_to_remove": [JANE]}
    )
    assert (changed["total_added"], changed["total_removed"], changed["error_count"]) == (1, 1, 0)
    assert [row["email_address"] for row in api.get(f"{one}/members").rows("members")] == [
        "john@firma.example"
    ]
    assert api.post(f"{one}/members", {"email_address": JANE})["id"] == subscriber_hash(JANE)
    assert api.delete(f"{one}/members/john@firma.example").status == 204
    assert api.delete(one).status == 204


def test_a_segment_is_either_static_or_has_conditions(api: Caller) -> None:
    options = {"match": "any", "conditions": []}
    assert api.post(f"{LIST}/segments", {"name": "x"}).status == 400
    assert api.post(f"{LIST}/segments", {"name": "x", "static_segment": [], "options": options}).status == 400
    saved = api.post(f"{LIST}/segments", {"name": "x", "options": options})
    assert saved["type"] == "saved"
    assert api.post(f"{LIST}/segments/{saved['id']}", {"members_to_add": [JANE]}).status == 400
    assert api.get(f"{LIST}/segments", type="saved")["total_items"] == 1


def test_500_at_a_time_are_the_most(api: Caller) -> None:
    made = api.post(f"{LIST}/segments", {"name": "big", "static_segment": []})
    many = [f"p{number}@firma.example" for number in range(501)]
    assert list(api.post(f"{LIST}/segments/{made['id']}", {"members_to_add": many}).errors) == [
        "members_to_add"
    ]
