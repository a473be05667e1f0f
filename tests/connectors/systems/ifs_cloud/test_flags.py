"""Flags on customers: read, compare, write to the version read; never more, never blindly."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.records import Consent, Engagement
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded
from connectors.sdk.mapping import Desired, FieldMap
from connectors.sdk.system import Action, Change, Written
from connectors.systems.ifs_cloud.client import IfsClient
from connectors.systems.ifs_cloud.options import FlagOptions
from tests.connectors.systems.ifs_cloud.environment import Environment, Maker

STATUS = "Cf_Marketing_Status"
ENGAGEMENT = "Cf_Marketing_Engagement"
SENT_AT = datetime(2026, 11, 20, tzinfo=UTC)
PATCHES = "*/CustomerInfoSet(*)"


@pytest.fixture
def ifs(environments: Maker) -> Environment:
    """An environment with both attributes."""
    ifs = environments(text_attributes=(STATUS, ENGAGEMENT))
    ifs.options = FlagOptions()
    return ifs


def change(
    customers: Iterable[str], status: str = "unsubscribed", *, member: str = "m1", **more: Any
) -> Change:
    return Change(
        id=f"id-{member}",
        key=member,
        target_key=member,
        desired=Desired({STATUS: "unsubscribed"}),
        needs={("member", member): tuple(customers)},
        **more,
    )


def write(ifs: Environment, *changes: Change, sink: str = "customer_consent") -> list[Written]:
    return list(ifs.system().sink(sink).write(changes))


def flag_of(ifs: Environment, customer: str, attribute: str = STATUS) -> object:
    rows: Any = ifs.sandbox.state("CustomerInfo", customer)
    return rows[0][attribute]


def patches(ifs: Environment) -> list[Any]:
    return ifs.sandbox.journal.calls(method="PATCH")


def test_a_flag_is_written_to_the_version_that_was_read(ifs: Environment) -> None:
    (written,) = write(ifs, change(["10001"]))
    assert (written.id, written.action, written.external_id) == ("id-m1", Action.UPDATED, "10001")
    assert flag_of(ifs, "10001") == "unsubscribed"
    (patch,) = patches(ifs)
    assert patch.headers["if-match"].startswith('W/"')
    rows: Any = ifs.sandbox.state("CustomerInfo", "10001")
    assert written.version == rows[0]["@odata.etag"]


def test_what_stands_there_already_is_not_written_again(ifs: Environment) -> None:
    write(ifs, change(["10001"]))
    (written,) = write(ifs, change(["10001"]))
    assert written.action is Action.UNCHANGED
    assert len(patches(ifs)) == 1
    assert not ifs.sandbox.journal.needless()


def test_nothing_but_the_flag_changes(ifs: Environment) -> None:
    before: Any = ifs.sandbox.state("CustomerInfo", "10001")
    write(ifs, change(["10001"]))
    after: Any = ifs.sandbox.state("CustomerInfo", "10001")
    assert {name for name in before[0] if before[0][name] != after[0][name]} == {STATUS, "@odata.etag"}


def test_every_customer_who_shares_the_address_is_flagged(ifs: Environment) -> None:
    write(ifs, change(["10002"]))
    (written,) = write(ifs, change(["10001", "10002", "10003"]))
    assert (written.action, written.external_id) == (Action.UPDATED, "10001,10002,10003")
    assert {flag_of(ifs, key) for key in ("10001", "10002", "10003")} == {"unsubscribed"}
    assert len(patches(ifs)) == 3


def test_somebody_who_is_no_customer_is_skipped(ifs: Environment) -> None:
    (written,) = write(ifs, change([]))
    assert (written.action, written.code) == (Action.SKIPPED, "no_customer")
    assert not ifs.sandbox.journal.calls()


def test_the_flag_of_somebody_who_is_gone_stays(ifs: Environment) -> None:
    (written,) = write(ifs, change(["10001"], remove=True))
    assert written.action is Action.SKIPPED
    assert not patches(ifs)


def test_awkward_customer_numbers_are_flagged_like_others(environments: Maker) -> None:
    ifs = environments(customers=1400)
    customers: Any = ifs.sandbox.state("customers")
    awkward = [one["CustomerId"] for one in customers if not one["CustomerId"].isdecimal()]
    assert len(awkward) == 14
    (written,) = write(ifs, change(awkward))
    assert written.action is Action.UPDATED
    assert {flag_of(ifs, key) for key in awkward} == {"unsubscribed"}
    assert len(ifs.sandbox.state("customers")) == 1400  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [412, 428, 409])
def test_a_stale_version_is_read_again_and_written_once(environments: Maker, status: int) -> None:
    ifs = environments(stale_status=status)
    ifs.sandbox.faults.add(f"PATCH {PATCHES}", "stale", times=2)
    (written,) = write(ifs, change(["10001"]))
    assert written.action is Action.UPDATED
    assert [call.status for call in patches(ifs)] == [status, status, 200]
    assert len({call.headers["if-match"] for call in patches(ifs)}) == 3
    assert ifs.sandbox.journal.writes("CustomerInfo")["10001"].total == 1


def test_after_three_stale_versions_it_is_a_conflict(ifs: Environment) -> None:
    ifs.sandbox.faults.add(f"PATCH {PATCHES}", "stale", times=None)
    first, second = write(ifs, change(["10001"]), change([], member="m2"))
    assert first.action is Action.CONFLICT
    assert "10001" in first.text
    assert second.action is Action.SKIPPED
    assert len(patches(ifs)) == 3
    assert flag_of(ifs, "10001") is None


def test_a_demand_for_the_version_is_a_conflict_whatever_its_status(ifs: Environment) -> None:
    ifs.sandbox.faults.add(f"PATCH {PATCHES}", "status", status=400, code="ODP_MISSING_PRECONDITION")
    (written,) = write(ifs, change(["10001"]))
    assert written.action is Action.UPDATED
    assert len(patches(ifs)) == 2


@pytest.mark.parametrize("status", [500, 503])
def test_a_stale_projection_is_asked_again_whatever_its_status(ifs: Environment, status: int) -> None:
    ifs.sandbox.faults.add(f"PATCH {PATCHES}", "mi_modified", times=1, status=status)
    (written,) = write(ifs, change(["10001"]))
    assert written.action is Action.UPDATED
    assert len(patches(ifs)) == 2


def test_a_business_rule_is_told_in_its_own_words_and_never_repeated(ifs: Environment) -> None:
    words = "CustomerInfo.BLOCKED: The customer is blocked by legal"
    ifs.sandbox.faults.add(f"PATCH {PATCHES}", "status", status=500, message="Database error.", detail=words)
    first, second = write(ifs, change(["10001"]), change(["10002"], member="m2"))
    assert first.action is Action.REJECTED
    assert first.text == f"Customer 10001: IFS Cloud did not accept this: {words}."
    assert second.action is Action.UPDATED
    assert len(patches(ifs)) == 2


def test_one_customer_refused_does_not_keep_the_others_from_their_flag(ifs: Environment) -> None:
    ifs.sandbox.mutate("delete_customer", customer_id="10002")
    (written,) = write(ifs, change(["10001", "10002", "10003"]))
    assert written.action is Action.REJECTED
    assert written.text == "Customer 10002 no longer exists in IFS Cloud."
    assert {flag_of(ifs, key) for key in ("10001", "10003")} == {"unsubscribed"}
    assert not ifs.sandbox.state("CustomerInfo", "10002"), (
        "a PATCH to a customer who is gone would create one"
    )


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_an_unanswered_write_is_unknown_until_looked_up(ifs: Environment, kind: str) -> None:
    ifs.sandbox.faults.add(f"PATCH {PATCHES}", kind, seconds=0.05)
    wanted = change(["10001"])
    (written,) = write(ifs, wanted)
    assert written.action is Action.UNKNOWN
    assert len(patches(ifs)) == 1
    found = list(ifs.system().sink("customer_consent").look_up([wanted], SENT_AT))
    assert [one.action for one in found] == ([Action.UPDATED] if kind == "timeout_after" else [])


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_in_trouble_leaves_a_write_unknown(ifs: Environment, status: int) -> None:
    ifs.sandbox.faults.add(f"PATCH {PATCHES}", "status", status=status)
    (written,) = write(ifs, change(["10001"]))
    assert written.action is Action.UNKNOWN
    assert len(patches(ifs)) == 1


def test_a_500_that_says_nothing_is_no_verdict(ifs: Environment) -> None:
    ifs.sandbox.faults.add(f"PATCH {PATCHES}", "html", status=500)
    (written,) = write(ifs, change(["10001"]))
    assert written.action is Action.UNKNOWN


def test_looking_up_wants_every_customer_to_be_as_desired(ifs: Environment) -> None:
    write(ifs, change(["10001"]))
    sink = ifs.system().sink("customer_consent")
    assert not list(sink.look_up([change(["10001", "10002"])], SENT_AT))
    (found,) = sink.look_up([change(["10001"])], SENT_AT)
    assert found.external_id == "10001"


def test_a_customer_who_is_gone_does_not_stop_the_look_up_of_others(ifs: Environment) -> None:
    write(ifs, change(["10001"]))
    ifs.sandbox.mutate("delete_customer", customer_id="10002")
    found = (
        ifs.system()
        .sink("customer_consent")
        .look_up([change(["10002"], member="m2"), change(["10001"])], SENT_AT)
    )
    assert [one.id for one in found] == ["id-m1"]


def test_an_answer_without_a_body_is_read_back(environments: Maker) -> None:
    ifs = environments(patch_answer=204)
    (written,) = write(ifs, change(["10001"]))
    rows: Any = ifs.sandbox.state("CustomerInfo", "10001")
    assert written.version == rows[0]["@odata.etag"]


def test_an_attribute_that_does_not_exist_is_a_matter_of_configuration(environments: Maker) -> None:
    ifs = environments(text_attributes=())
    with pytest.raises(ConfigProblem, match=f"have no attribute {STATUS}") as caught:
        write(ifs, change(["10001"]))
    assert caught.value.code == "no_attribute"
    assert not patches(ifs)


def test_an_attribute_that_is_not_kept_is_told(ifs: Environment) -> None:
    """IFS ignores what is not updatable in silence."""
    wanted = Change("id", "m1", "m1", Desired({"PartyType": "Person"}), needs={("member", "m1"): ("10001",)})
    (written,) = write(ifs, wanted)
    assert (written.action, written.code) == (Action.REJECTED, "not_kept")
    assert "did not keep PartyType" in written.text


def test_a_projection_that_is_not_granted_stops_the_batch(environments: Maker) -> None:
    ifs = environments(forbidden=frozenset({"CustomerHandling"}))
    with pytest.raises(ReconnectNeeded, match="Grant the projection"):
        write(ifs, change(["10001"]), change(["10002"]))


def test_there_is_no_way_to_write_without_a_version(ifs: Environment) -> None:
    client = IfsClient(ifs.account())
    for etag in ("", "*"):
        with pytest.raises(ValueError, match="needs the version"):
            client.patch("CustomerHandling.svc/CustomerInfoSet", {"CustomerId": "10001"}, {STATUS: "x"}, etag)
    assert not ifs.sandbox.journal.calls()


def test_rules_name_the_attributes_of_the_options(ifs: Environment) -> None:
    ifs.options = FlagOptions(consent_attribute="Cf_A", engagement_attribute="Cf_B")
    consent = FieldMap(ifs.system().sink("customer_consent").rules())
    assert consent.apply(Consent(key="m1", status="cleaned")).always == {"Cf_A": "cleaned"}
    engagement = FieldMap(ifs.system().sink("customer_engagement").rules())
    record = Engagement(key="m1", open_rate=0.424, click_rate=0.0261)
    assert engagement.apply(record).always == {"Cf_B": "opens 42%, clicks 3%"}


def test_engagement_is_noted_in_its_own_attribute(ifs: Environment) -> None:
    sink = ifs.system().sink("customer_engagement")
    record = Engagement(key="m1", open_rate=0.5, click_rate=0.1)
    desired = FieldMap(sink.rules()).apply(record)
    wanted = Change(
        "id", "m1", sink.target_key(record, desired), desired, needs={("member", "m1"): ("10001",)}
    )
    assert wanted.target_key == "m1"
    assert [one.action for one in sink.write([wanted])] == [Action.UPDATED]
    assert flag_of(ifs, "10001", ENGAGEMENT) == "opens 50%, clicks 10%"
    assert flag_of(ifs, "10001") is None
