"""Contacts written on customers: only what differs, once, kept, for both products."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.records import Address, Consent, Contact
from connectors.sdk.errors import OutcomeUnknown, RecordRejected
from connectors.sdk.mapping import Desired, FieldMap
from connectors.sdk.system import Action, Change
from connectors.systems.infor.options import CustomerBackOptions
from tests.connectors.systems.infor.environment import Environment, Maker

MEMBER = "0123456789abcdef0123456789abcdef"
SENT_AT = datetime(2026, 7, 1, tzinfo=UTC)
CHANGES = "*/ChgBasicData*"
ADDRESS = Address(line1="Neue Str. 2", line2="Hof", city="Ulm", postal_code="89073", country="DE")
EVERYTHING = CustomerBackOptions(write_phone=True, write_name=True, write_address=True, write_email=True)


def contact(**values: Any) -> Contact:
    return Contact(**{"key": MEMBER, "email": "a@x.example", "status": "unsubscribed", **values})


def desired(
    tenant: Environment, record: Consent, sink: str = "customer_contacts", **settings: Any
) -> Desired:
    return FieldMap(tenant.system(**settings).sink(sink).rules()).apply(record)


def change(wanted: Desired, customers: Iterable[str] = ("10001",), **more: Any) -> Change:
    needs = {("member", MEMBER): tuple(customers)}
    return Change(id="id-1", key=MEMBER, target_key=MEMBER, desired=wanted, needs=needs, **more)


def written(m3: Environment) -> int:
    return len(m3.sandbox.journal.calls(path=CHANGES))


def test_id_and_subscription_are_noted_in_the_fields_of_the_settings(m3: Environment) -> None:
    (word,) = m3.write("customer_contacts", change(desired(m3, contact())))
    assert (word.action, word.external_id) == (Action.UPDATED, "10001")
    row = m3.row("customers", "10001")
    assert (row["CESA"], row["CFC6"]) == (MEMBER, "UNSUB")


def test_the_id_noted_comes_back_with_the_customer(m3: Environment) -> None:
    m3.write("customer_contacts", change(desired(m3, contact())))
    stream = m3.system().stream("customers")
    assert stream.canonical(stream.fetch(["10001"]).rows[0].raw).marketing_id == MEMBER


def test_nothing_else_changes(m3: Environment) -> None:
    before = m3.row("customers", "10001")
    m3.write("customer_contacts", change(desired(m3, contact())))
    after = m3.row("customers", "10001")
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed <= {"CESA", "CFC6", "LMDT", "LMTS", "CHID", "CHNO"}


def test_what_stands_there_already_is_not_written_again(m3: Environment) -> None:
    wanted = desired(m3, contact())
    m3.write("customer_contacts", change(wanted))
    (word,) = m3.write("customer_contacts", change(wanted))
    assert word.action is Action.UNCHANGED
    assert written(m3) == 1
    assert not m3.sandbox.journal.needless()


def test_only_what_differs_is_sent(m3: Environment) -> None:
    m3.write("customer_contacts", change(desired(m3, contact())))
    m3.write("customer_contacts", change(desired(m3, contact(status="subscribed"))))
    assert m3.row("customers", "10001")["CFC6"] == "SUB"
    assert "CESA" not in m3.sandbox.journal.calls(path=CHANGES)[-1].query


def test_every_customer_who_shares_the_address_is_served(m3: Environment) -> None:
    (word,) = m3.write("customer_contacts", change(desired(m3, contact()), ["10002", "10001"]))
    assert (word.action, word.external_id) == (Action.UPDATED, "10001,10002")
    assert {m3.row("customers", key)["CFC6"] for key in ("10001", "10002")} == {"UNSUB"}


def test_a_customer_that_is_gone_does_not_keep_the_others_from_theirs(m3: Environment) -> None:
    (word,) = m3.write("customer_contacts", change(desired(m3, contact()), ["10002", "NOPE"]))
    assert (word.action, word.code) == (Action.REJECTED, "not_found")
    assert "NOPE" in word.text
    assert m3.row("customers", "10002")["CFC6"] == "UNSUB"


def test_somebody_who_is_no_customer_and_somebody_who_is_gone_are_skipped(m3: Environment) -> None:
    wanted = desired(m3, contact())
    nobody, gone = m3.write("customer_contacts", change(wanted, []), change(wanted, remove=True))
    assert (nobody.action, nobody.code) == (Action.SKIPPED, "no_customer")
    assert (gone.action, gone.code) == (Action.SKIPPED, "kept")
    assert written(m3) == 0


def test_the_profile_comes_back_only_where_it_is_asked_for(m3: Environment) -> None:
    profile = contact(
        phone="+49 731 1", company="Neue GmbH", first_name="Ada", last_name="L", address=ADDRESS
    )
    assert set(desired(m3, profile).always) == {"CESA", "CFC6"}
    m3.options = EVERYTHING
    wanted = desired(m3, profile, m3_person="YREF")
    assert wanted.always == {
        "CESA": MEMBER, "CFC6": "UNSUB", "PHNO": "+49 731 1", "MAIL": "a@x.example", "CUNM": "Neue GmbH",
        "YREF": "Ada L", "CUA1": "Neue Str. 2", "CUA2": "Hof", "TOWN": "Ulm", "PONO": "89073", "CSCD": "DE",
    }  # fmt: skip
    (word,) = m3.write("customer_contacts", change(wanted), m3_person="YREF")
    assert word.action is Action.UPDATED
    row = m3.row("customers", "10001")
    assert {name: row[name] for name in wanted.always} == wanted.always


def test_an_empty_profile_erases_nothing(m3: Environment) -> None:
    m3.options = EVERYTHING
    assert set(desired(m3, contact(address=Address(city="Ulm")), m3_person="YREF").always) == {
        "CESA",
        "CFC6",
        "MAIL",
    }


def test_an_address_that_does_not_fit_is_refused_not_cut(m3: Environment) -> None:
    m3.options = EVERYTHING
    wanted = desired(m3, contact(email="x" * 45 + "@x.example"))
    (word,) = m3.write("customer_contacts", change(wanted))
    assert (word.action, word.code) == (Action.REJECTED, "too_long")
    assert "CFC6" not in m3.row("customers", "10001")


def test_a_status_without_a_word_of_its_own_is_not_written(m3: Environment) -> None:
    m3.options = CustomerBackOptions(consent_codes={"unsubscribed": "N"})
    assert "CFC6" not in desired(m3, contact(status="subscribed")).always
    assert desired(m3, contact()).always["CFC6"] == "N"


def test_a_field_too_short_for_the_id_takes_the_short_one_or_says_so(m3: Environment) -> None:
    short = contact(extra={"unique_email_id": "a1b2c3d4e5"})
    assert desired(m3, short, m3_marketing_id="CFC1").always["CFC1"] == "a1b2c3d4e5"
    with pytest.raises(RecordRejected, match="CESA holds all of it"):
        desired(m3, contact(), m3_marketing_id="CFC1")


def test_the_id_may_be_kept_in_an_extension_of_the_customer(m3: Environment) -> None:
    settings = {"m3_marketing_id": "A030", "m3_consent": "A130"}
    for status, code in (("unsubscribed", "UNSUB"), ("subscribed", "SUB")):
        record = contact(status=status, extra={"unique_email_id": "a1b2c3d4e5"})
        (word,) = m3.write("customer_contacts", change(desired(m3, record, **settings)), **settings)
        assert word.action is Action.UPDATED
        kept = m3.row("customers", "10001")["custom"]
        assert (kept["A030"], kept["A130"]) == ("a1b2c3d4e5", code)
    asked = [
        call.path.rpartition("/")[2].partition(";")[0]
        for call in m3.sandbox.journal.calls(path="*FieldValue*")
    ]
    assert [name for name in asked if name != "GetFieldValue"] == ["AddFieldValue", "ChgFieldValue"]


def test_a_field_nobody_set_up_is_refused_with_the_words_of_m3(m3: Environment) -> None:
    settings = {"m3_consent": "A930"}
    (word,) = m3.write("customer_contacts", change(desired(m3, contact(), **settings)), **settings)
    assert word.action is Action.REJECTED
    assert "A930" in word.text


def test_a_write_without_an_answer_is_looked_up_before_it_is_sent_again(m3: Environment) -> None:
    m3.sandbox.faults.add(CHANGES, "timeout_after")
    one = change(desired(m3, contact()))
    (word,) = m3.write("customer_contacts", one)
    assert (word.action, word.code) == (Action.UNKNOWN, OutcomeUnknown.UNANSWERED)
    (found,) = m3.system().sink("customer_contacts").look_up([one], SENT_AT)
    assert (found.action, found.external_id) == (Action.UPDATED, "10001")
    assert written(m3) == 1


def test_what_was_not_done_is_not_found(m3: Environment) -> None:
    m3.sandbox.faults.add(CHANGES, "timeout_before", seconds=0)
    one = change(desired(m3, contact()))
    (word,) = m3.write("customer_contacts", one)
    assert word.action is Action.UNKNOWN
    sink = m3.system().sink("customer_contacts")
    assert list(sink.look_up([one, change(one.desired, ["NOPE"]), change(one.desired, [])], SENT_AT)) == []


def test_consent_alone_writes_consent_alone(m3: Environment) -> None:
    wanted = desired(m3, Consent(key=MEMBER, status="cleaned"), "customer_consent")
    (word,) = m3.write("customer_consent", change(wanted))
    assert word.action is Action.UPDATED
    assert m3.row("customers", "10001")["CFC6"] == "BOUNCED"
    assert m3.row("customers", "10001").get("CESA", "") == ""


def test_a_tenants_own_rule_writes_its_own_field(m3: Environment) -> None:
    (word,) = m3.write("customer_contacts", change(Desired({"CFC3": "NEW"})))
    assert word.action is Action.UPDATED
    assert m3.row("customers", "10001")["CFC3"] == "NEW"


def test_a_field_is_emptied_by_the_marker_of_m3(environments: Maker) -> None:
    m3 = environments(clear_marker="?")
    m3.write("customer_contacts", change(Desired({"CFC3": "NEW"})))
    (word,) = m3.write("customer_contacts", change(Desired({"CFC3": ""})))
    assert word.action is Action.UPDATED
    assert m3.row("customers", "10001").get("CFC3", "") == ""


def test_a_change_that_m3_takes_and_does_not_keep_is_told(environments: Maker) -> None:
    m3 = environments(clear_marker="")
    m3.write("customer_contacts", change(Desired({"CFC3": "NEW"})), clear_marker="")
    (word,) = m3.write("customer_contacts", change(Desired({"CFC3": ""})), clear_marker="")
    assert (word.action, word.code) == (Action.REJECTED, "not_kept")


def test_industrial_changes_the_row_it_read(csi: Environment) -> None:
    csi.options = EVERYTHING
    wanted = desired(csi, contact(phone="+49 1"))
    (word,) = csi.write("customer_contacts", change(wanted, ["4"]))
    assert word.action is Action.UPDATED
    rows: Any = csi.sandbox.state("csi_customers", "4")
    (row,) = [row for row in rows if row["CustSeq"] == "0"]
    assert (row["Uf_MarketingId"], row["Uf_MarketingStatus"], row["Phone_1"]) == (MEMBER, "UNSUB", "+49 1")
    (again,) = csi.write("customer_contacts", change(wanted, ["4"]))
    assert again.action is Action.UNCHANGED


def test_a_row_that_changed_meanwhile_is_read_again(csi: Environment) -> None:
    csi.sandbox.faults.add("*/update/*", "stale", times=2)
    (word,) = csi.write("customer_contacts", change(desired(csi, contact()), ["4"]))
    assert word.action is Action.UPDATED
    assert len(csi.sandbox.journal.calls(path="*/update/*")) == 3


def test_a_row_that_always_changes_meanwhile_is_a_conflict_for_a_person(csi: Environment) -> None:
    csi.sandbox.faults.add("*/update/*", "stale", times=None)
    (word,) = csi.write("customer_contacts", change(desired(csi, contact()), ["4"]))
    assert word.action is Action.CONFLICT
    assert "Customer 4" in word.text


def test_a_customer_industrial_does_not_have_is_told(csi: Environment) -> None:
    (word,) = csi.write("customer_contacts", change(desired(csi, contact()), ["9999"]))
    assert (word.action, word.code) == (Action.REJECTED, "not_found")
