"""Messages noted on customers: an entry for each event, once."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.records import MessageEvent
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.mapping import FieldMap
from connectors.sdk.system import Action, Change
from connectors.systems.infor.options import MessageLogOptions
from tests.connectors.systems.infor.environment import Environment

MEMBER = "f" * 32
SENT_AT = datetime(2026, 7, 1, tzinfo=UTC)
SUBJECT = "Order confirmation for everything you have bought so far"


def change(tenant: Environment, customers: Iterable[str] = ("10001",), **values: Any) -> Change:
    usual = {"key": "ev1-open", "member_key": MEMBER, "event": "open", "message_id": "m1", "subject": SUBJECT}
    event = MessageEvent(**{**usual, "happened_at": datetime(2026, 6, 30, 10, 0, tzinfo=UTC), **values})
    sink = tenant.system().sink("message_log")
    wanted = FieldMap(sink.rules()).apply(event)
    needs = {("member", MEMBER): tuple(customers)}
    return Change("id-1", event.key, sink.target_key(event, wanted), wanted, needs=needs)


def entries(m3: Environment) -> list[dict[str, Any]]:
    rows: Any = [row for row in m3.sandbox.m3.custom.rows.values() if row["FILE"] == "MLCMSG"]
    return list(rows)


def test_an_event_is_a_row_under_customer_and_event(m3: Environment) -> None:
    one = change(m3)
    (word,) = m3.write("message_log", one)
    assert (word.action, word.external_id) == (Action.CREATED, one.target_key)
    (row,) = entries(m3)
    assert (row["PK01"], row["PK02"]) == ("10001", one.target_key)
    assert (row["A030"], row["A130"], row["A230"], row["DAT1"]) == ("open", "m1", SUBJECT[:30], "20260630")


def test_the_same_event_twice_is_one_row(m3: Environment) -> None:
    m3.write("message_log", change(m3))
    (word,) = m3.write("message_log", change(m3))
    assert word.action is Action.CREATED
    assert len(entries(m3)) == 1


def test_different_events_are_different_rows_on_every_customer_of_the_address(m3: Environment) -> None:
    m3.write("message_log", change(m3, ("10001", "10002")))
    m3.write("message_log", change(m3, ("10001", "10002"), key="ev1-click", event="click"))
    assert sorted((row["PK01"], row["A030"]) for row in entries(m3)) == [
        ("10001", "click"), ("10001", "open"), ("10002", "click"), ("10002", "open"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_an_answer_lost_is_looked_up(m3: Environment, kind: str) -> None:
    m3.sandbox.faults.add("*/AddFieldValue*", kind, seconds=0)
    one = change(m3, ("10001", "10002"))
    (word,) = m3.write("message_log", one)
    assert word.action is Action.UNKNOWN
    sink = m3.system().sink("message_log")
    assert list(sink.look_up([one], SENT_AT)) == []
    m3.write("message_log", one)
    (found,) = sink.look_up([one], SENT_AT)
    assert found.action is Action.CREATED
    assert len(entries(m3)) == 2


def test_a_row_whose_fields_are_not_set_up_is_refused(m3: Environment) -> None:
    m3.options = MessageLogOptions(message_fields={"A930": "event"})
    (word,) = m3.write("message_log", change(m3))
    assert word.action is Action.REJECTED
    assert "A930" in word.text


def test_somebody_who_is_no_customer_is_skipped(m3: Environment) -> None:
    (word,) = m3.write("message_log", change(m3, ()))
    assert (word.action, word.code) == (Action.SKIPPED, "no_customer")


def test_events_may_become_lines_in_the_text_of_the_customer(m3: Environment) -> None:
    m3.options = MessageLogOptions(message_log="text")
    (word,) = m3.write("message_log", change(m3, ("10002", "10001")))
    assert word.action is Action.CREATED
    assert m3.row("customers", "10001")["texts"] == [f"20260630 open {SUBJECT}"[:60].rstrip()]
    assert m3.row("customers", "10002")["texts"] == []


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_a_line_nobody_can_ask_for_is_never_written_twice(m3: Environment, kind: str) -> None:
    m3.options = MessageLogOptions(message_log="text")
    m3.sandbox.faults.add("*/AddText*", kind, seconds=0)
    one = change(m3)
    (word,) = m3.write("message_log", one)
    assert word.action is Action.UNKNOWN
    (found,) = m3.system().sink("message_log").look_up([one], SENT_AT)
    assert (found.action, found.code) == (Action.CONFLICT, "cannot_tell")


def test_industrial_wants_to_be_told_where(csi: Environment) -> None:
    with pytest.raises(ConfigProblem, match="IDO"):
        csi.system().sink("message_log").prepare()


def test_industrial_adds_a_row_to_the_ido_of_the_options(csi: Environment) -> None:
    """Its payments stand in for a table of the customer's own, which no sandbox can know."""
    csi.options = MessageLogOptions(
        csi_message_ido="SLArInvs",
        csi_message_properties={
            "CustNum": "customer", "Ref": "reference", "InvNum": "message_id", "InvSeq": "date",
            "Type": "event", "InvDate": "time", "DueDate": "time", "Amount": "date",
        },
    )  # fmt: skip
    sink = csi.system().sink("message_log")
    sink.prepare()
    one = change(csi, ("4",), event="O")
    for _ in range(2):
        (word,) = sink.write([one])
        assert word.action is Action.CREATED
    rows: Any = csi.sandbox.state("csi_ar_invoices")
    assert [row["Ref"] for row in rows].count(one.target_key) == 1
    (found,) = sink.look_up([one], SENT_AT)
    assert found.action is Action.CREATED
