"""What would happen, without it happening; what did happen to a record, found by what people know of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.models import AuditEntry
from connectors.models import RecordLink
from connectors.services import integrations, records, runs
from connectors.services.errors import Refused
from connectors.services.preview import Previewed, preview
from tests.worlds import World

MEMBERS, STORE_CUSTOMERS = "audience_members", "store_customers"


def _verdicts(found: list[Previewed]) -> dict[str, str]:
    return {one.key: one.verdict for one in found if one.sink == MEMBERS}


def test_a_preview_writes_nothing_anywhere(scene: World) -> None:
    before = scene.writes()
    found = preview(scene.job("customers"), limit=5)
    assert len(found) == 10, "five customers at two sinks"
    assert scene.writes() == before
    assert not RecordLink.objects.exists()
    assert not scene.job("customers").runs.exists()
    assert AuditEntry.objects.get(kind="job_previewed").data["records"] == 5


def test_a_preview_says_what_would_become_of_each_record_and_why(scene: World) -> None:
    scene.ifs.mutate("set_email", customer_id="10001", value="no-at-sign.example")
    scene.ifs.mutate("set_email", customer_id="10002", value="")
    found = preview(scene.job("customers"))
    verdicts = _verdicts(found)
    assert (verdicts["10001"], verdicts["10002"], verdicts["10003"]) == ("rejected", "skipped", "create")
    refused = next(one for one in found if one.key == "10001")
    assert "no-at-sign.example" in refused.text
    new = next(one for one in found if one.key == "10003" and one.sink == MEMBERS)
    assert new.payload["email_address"] == new.handle == new.record["email"]
    assert ["email_address", "email", "always", "default"] in new.trace
    scene.run("customers")
    scene.ifs.mutate("change_customer", customer_id="10003", changes={"Name": "Changed Ltd"})
    scene.ifs.mutate("set_email", customer_id="10004", value="new@nordlicht.de")
    after = _verdicts(preview(scene.job("customers")))
    assert after["10004"] == "update"
    assert after["10005"] == "unchanged"


def test_a_preview_uses_the_rules_of_today(scene: World) -> None:
    scene.run("customers")
    rule = {"field": "merge_fields.PHONE", "source": "key"}
    integrations.set_overrides(scene.job("customers"), MEMBERS, [rule])
    found = preview(scene.job("customers"), limit=1)
    one = next(one for one in found if one.sink == MEMBERS)
    assert (one.verdict, one.payload["merge_fields"]["PHONE"]) == ("update", "10001")
    assert ["merge_fields.PHONE", "key", "always", "yours"] in one.trace


def test_a_preview_of_orders_shows_lines_and_what_is_left_out(scene: World) -> None:
    found = {one.key: one for one in preview(scene.job("orders"))}
    assert [one.verdict for one in found.values()].count("waits") == 5
    assert all(one.text.startswith("Waits for its ") for one in found.values() if one.verdict == "waits")
    assert any("EUR" in one.text for one in found.values() if one.verdict == "skipped")
    assert all(one.payload["lines"] for one in found.values() if one.payload)


def test_a_preview_that_cannot_read_says_why(scene: World) -> None:
    scene.ifs.mutate("forbid", projection="CustomersHandling")
    with pytest.raises(Refused, match="CustomersHandling"):
        preview(scene.job("customers"))


# Finding.


@pytest.fixture
def arrived(scene: World) -> World:
    scene.run("customers")
    scene.run("orders")
    return scene


def _keys(text: str) -> list[str]:
    return [link.source_key for link in records.search(text)]


def test_a_customer_is_found_by_address_number_and_the_beginning_of_either(arrived: World) -> None:
    email = RecordLink.objects.get(source_key="10003", sink=MEMBERS).handle
    assert set(_keys(email)) == set(_keys(email.upper())) == set(_keys(f" {email} ")) == {"10003"}
    assert _keys("10003")[:2] == ["10003", "10003"]
    assert "10003" in _keys(email[:8])
    assert {"10001", "10009"} <= set(_keys("1000"))


def test_an_order_is_found_by_its_number_and_a_member_by_the_vendors_id(arrived: World) -> None:
    order = RecordLink.objects.filter(sink="store_orders").first()
    assert order
    assert order in records.search(order.source_key)
    member = RecordLink.objects.get(source_key="10003", sink=MEMBERS)
    assert records.search(member.external_id) == [member]


def test_nothing_is_found_for_nothing(arrived: World) -> None:
    for text in ("", "   ", "nobody@nowhere.example", "'; DROP TABLE", "%", "1000%"):
        assert records.search(text) == []


# Telling.


def test_a_story_has_every_event_with_what_was_read_wanted_and_answered(arrived: World) -> None:
    arrived.ifs.mutate("set_email", customer_id="10003", value="moved@nordlicht.de")
    arrived.run("customers")
    link = RecordLink.objects.get(source_key="10003", sink=MEMBERS)
    told = records.story(link)
    assert {one.sink for one in told.links} == {MEMBERS, STORE_CUSTOMERS}
    mine = [line.event for line in told.lines if line.event.sink == MEMBERS]
    assert [event.kind for event in mine] == ["observed", "confirmed", "observed", "confirmed"]
    assert [event.outcome for event in mine if event.kind == "confirmed"] == ["created", "updated"]
    assert told.lines[0].at <= told.lines[-1].at
    read, confirmed = mine[2], mine[3]
    assert told.payload(read.source_digest)["customer"]["CustomerId"] == "10003"
    assert told.payload(read.payload_digest)["always"]["email_address"] == "moved@nordlicht.de"
    assert told.payload(confirmed.answer_digest)["email_address"] == "moved@nordlicht.de"
    assert told.payload(read.trace_digest)["rules"]
    assert told.payload(None) is None
    assert told.payload(b"no such digest--") is None


def test_a_story_has_the_failures_of_a_record(scene: World) -> None:
    scene.ifs.mutate("set_email", customer_id="10003", value="no-at-sign.example")
    scene.run("customers")
    told = records.story(RecordLink.objects.get(source_key="10003", sink=MEMBERS))
    assert len(told.failures) == 2
    assert all("no-at-sign.example" in failure.text for failure in told.failures)


def test_progress_counts_what_is_read_and_says_what_is_left(scene: World) -> None:
    run = scene.run("customers")
    done = runs.progress(run)
    assert (done.done, done.total, done.seconds_left) == (12, 12, None)
    assert done.per_second > 0
    run.state, run.ended_at, run.expected, run.read = "observing", None, 100, 12
    run.started_at = run.created_at - timedelta(seconds=10)
    under_way = runs.progress(run)
    assert under_way.total == 100
    assert under_way.seconds_left is None or under_way.seconds_left > 0
