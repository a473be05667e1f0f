"""Batch operations: slow, unordered, one at a time, and their results in a tar somewhere else."""

import io
import json
import tarfile
from urllib.parse import urlsplit

from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.mailchimp.addresses import subscriber_hash
from tests.sandboxes.mailchimp.caller import Caller, Reply

MEMBERS = f"/lists/{CUSTOMERS}/members"


def put_member(name: str) -> dict[str, object]:
    email = f"{name}@firma.example"
    body = json.dumps({"email_address": email, "status_if_new": "subscribed"})
    return {
        "method": "PUT",
        "path": f"{MEMBERS}/{subscriber_hash(email)}",
        "operation_id": name,
        "body": body,
    }


def finished(api: Caller, batch_id: object) -> Reply:
    for _ in range(20):
        batch = api.get(f"/batches/{batch_id}")
        if batch["status"] == "finished":
            return batch
    raise AssertionError("never finished")


def fetch(api: Caller, url: object, authorization: str = "") -> Reply:
    parts = urlsplit(str(url))
    return api.raw("GET", f"{parts.path}?{parts.query}", Authorization=authorization)


def results(api: Caller, batch: Reply) -> dict[str, dict[str, object]]:
    archive = fetch(api, batch["response_body_url"])
    assert archive.status == 200
    found: dict[str, dict[str, object]] = {}
    with tarfile.open(fileobj=io.BytesIO(archive.body), mode="r:gz") as tar:
        for entry in tar.getmembers():
            file = tar.extractfile(entry)
            if file is not None:
                found |= {one["operation_id"]: one for one in json.load(file)}
    return found


def test_a_batch_goes_through_its_states_poll_by_poll(api: Caller) -> None:
    first = api.post("/batches", {"operations": [put_member("anna")]})
    assert first["status"] == "pending"
    assert (first["total_operations"], first["completed_at"], first["response_body_url"]) == (0, "", "")
    seen = [api.get(f"/batches/{first['id']}").json() for _ in range(4)]
    assert [one["status"] for one in seen] == ["preprocessing", "finalizing", "finished", "finished"]
    assert [one["total_operations"] for one in seen] == [1, 1, 1, 1]
    assert seen[-1]["completed_at"] != ""
    assert api.get(f"{MEMBERS}/anna@firma.example").status == 200


def test_a_big_batch_is_started_for_a_while(api: Caller) -> None:
    operations = [put_member(f"p{number}") for number in range(2500)]
    batch_id = api.post("/batches", {"operations": operations})["id"]
    done = [api.get(f"/batches/{batch_id}")["finished_operations"] for _ in range(5)]
    assert done == [0, 1000, 2000, 2500, 2500]


def test_the_clock_alone_finishes_a_batch_too(api: Caller, sandbox: Mailchimp) -> None:
    api.post("/batches", {"operations": [put_member("anna")]})
    sandbox.clock.advance(60)
    assert api.get(f"{MEMBERS}/anna@firma.example").status == 200
    assert sandbox.account.batches.popitem()[1].status == "finished"


def test_results_are_in_a_tar_encoded_twice_and_count_errors(api: Caller, sandbox: Mailchimp) -> None:
    operations = [
        put_member("anna"),
        {"method": "GET", "path": "lists", "operation_id": "no slash"},
        {"method": "GET", "path": "/3.0/lists", "operation_id": "prefix"},
        {"method": "GET", "path": "/lists/nope", "operation_id": "no list"},
        {
            "method": "PATCH",
            "path": f"{MEMBERS}/anna@firma.example",
            "operation_id": "bad",
            "body": '{"vip": 1}',
        },
        {"method": "DELETE", "path": f"{MEMBERS}/bo@firma.example", "operation_id": "gone"},
        {
            "method": "GET",
            "path": "/lists",
            "operation_id": "one",
            "params": {"count": 1, "fields": "lists.id"},
        },
    ]
    sandbox.mutate("sign_up", email="anna@firma.example")
    sandbox.mutate("sign_up", email="bo@firma.example")
    batch = finished(api, api.post("/batches", {"operations": operations})["id"])
    assert (batch["total_operations"], batch["finished_operations"], batch["errored_operations"]) == (7, 7, 4)
    found = results(api, batch)
    assert {name: one["status_code"] for name, one in found.items()} == {
        "anna": 200,
        "no slash": 404,
        "prefix": 404,
        "no list": 404,
        "bad": 400,
        "gone": 204,
        "one": 200,
    }
    assert json.loads(str(found["one"]["response"])) == {"lists": [{"id": CUSTOMERS}]}
    assert json.loads(str(found["bad"]["response"]))["title"] == "Invalid Resource"
    assert found["gone"]["response"] == ""


def test_a_body_that_is_no_text_is_taken_and_fails_later() -> None:
    unwatched = Caller(Mailchimp())
    body = {"email_address": "a@firma.example", "status": "subscribed"}
    operation = {"method": "POST", "path": MEMBERS, "operation_id": "x", "body": body}
    batch = finished(unwatched, unwatched.post("/batches", {"operations": [operation]})["id"])
    assert batch["errored_operations"] == 1
    assert results(unwatched, batch)["x"]["status_code"] == 400


def test_a_get_without_a_count_fetches_the_whole_collection(api: Caller) -> None:
    for start in range(0, 1500, 500):
        rows = [
            {"email_address": f"p{n}@firma.example", "status": "subscribed"}
            for n in range(start, start + 500)
        ]
        api.post(f"/lists/{CUSTOMERS}", {"members": rows})
    operation = {"method": "GET", "path": MEMBERS, "params": {"fields": "members.id,total_items"}}
    batch = finished(api, api.post("/batches", {"operations": [operation]})["id"])
    assert (batch["total_operations"], batch["finished_operations"]) == (2, 2)


def test_the_order_of_operations_is_not_kept(api: Caller, sandbox: Mailchimp) -> None:
    names = [f"p{number}" for number in range(50)]
    finished(api, api.post("/batches", {"operations": [put_member(name) for name in names]})["id"])
    written = [
        member.email.partition("@")[0] for member in sandbox.account.audiences[CUSTOMERS].members.values()
    ]
    assert sorted(written) == sorted(names)
    assert written != names


def test_one_batch_runs_at_a_time(api: Caller) -> None:
    first = api.post("/batches", {"operations": [put_member("anna")]})["id"]
    second = api.post("/batches", {"operations": [put_member("bo")]})["id"]
    assert api.get(f"/batches/{second}")["status"] == "pending"
    finished(api, second)
    assert api.get(f"/batches/{first}")["status"] == "finished"
    assert api.get("/batches")["total_items"] == 2


def test_a_cancelled_batch_keeps_what_it_did_and_loses_its_results(api: Caller) -> None:
    operations = [put_member(f"p{number}") for number in range(1500)]
    one = f"/batches/{api.post('/batches', {'operations': operations})['id']}"
    api.get(one)
    api.get(one)
    assert api.delete(one).status == 204
    assert api.get(one).status == 404
    assert api.get(MEMBERS)["total_items"] == 1000


def test_five_hundred_may_be_pending(api: Caller) -> None:
    for _ in range(500):
        assert api.post("/batches", {"operations": [put_member("anna")]}).status == 200
    refused = api.post("/batches", {"operations": [put_member("anna")]})
    assert (refused.status, refused.title) == (429, "Too Many Requests")
    assert refused.detail.startswith("You have more than 500 pending webhooks.")


def test_the_address_of_the_results_is_enough_and_ages_in_ten_minutes(
    api: Caller, sandbox: Mailchimp
) -> None:
    batch_id = api.post("/batches", {"operations": [put_member("anna")]})["id"]
    url = str(finished(api, batch_id)["response_body_url"])
    assert fetch(api, url).status == 200
    assert fetch(api, url, "Bearer whatever").status == 200
    assert fetch(api, url.replace("Expires=", "Expires=9")).status == 403
    sandbox.clock.advance(601)
    expired = fetch(api, url)
    assert (expired.status, b"ExpiredToken" in expired.body) == (400, True)
    fresh = api.get(f"/batches/{batch_id}")["response_body_url"]
    assert fetch(api, fresh).status == 200
    sandbox.clock.advance(7 * 24 * 3600)
    assert api.get(f"/batches/{batch_id}").status == 404


def test_writes_of_a_batch_are_counted(api: Caller, sandbox: Mailchimp) -> None:
    finished(api, api.post("/batches", {"operations": [put_member("anna"), put_member("anna")]})["id"])
    summary = sandbox.journal.write_summary()["members"]
    assert (summary["created"], summary["unchanged"]) == (1, 1)
