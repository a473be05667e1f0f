"""Sales orders by QDocs: one transaction, read back before anybody believes it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.sdk.calls import Answer
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded
from connectors.sdk.system import Action
from connectors.systems.qad import qdoc
from connectors.systems.qad.qdoc import Element
from connectors.systems.qad.settings import QadSettings
from tests.connectors.systems.qad.mail_orders import change, items, line, look_up, made, options, order, write
from tests.connectors.systems.qad.tenant import Maker, Tenant

QXI = "/qxi/services/QdocWebService"


@pytest.fixture
def qad(tenants: Maker) -> Tenant:
    """A pinged tenant orders are written to through QXtend."""
    qad = tenants()
    qad.options = options()
    qad.settings = {"write_via": "qxtend", "qxtend_url": qad.server.url + QXI, "qxtend_receiver": "QADERP"}
    qad.ping()
    return qad


def usual(qad: Tenant, **more: Any) -> Any:
    first, second = items(qad)
    return order(line(first, "2", "25.00"), line(second, "1", "4.90"), **more)


def sent(qad: Tenant) -> int:
    return len(qad.sandbox.journal.calls(method="POST", path=QXI))


def test_an_order_becomes_a_sales_order_in_one_qdoc(qad: Tenant) -> None:
    (word,) = write(qad, change(qad, usual(qad)))
    (there,) = made(qad)
    assert (word.action, word.external_id) == (Action.CREATED, there["salesOrderNumber"])
    assert Decimal(there["total"]) == Decimal("29.90")
    assert (there["soldToCustomerCode"], there["currencyCode"]) == ("10001", "USD")
    assert sent(qad) == 1


def test_writing_twice_equals_writing_once(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    write(qad, one)
    assert write(qad, one)[0].action is Action.UNCHANGED
    assert (len(made(qad)), sent(qad)) == (1, 1)


def test_an_answer_lost_after_the_work_was_done_makes_no_second_order(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    qad.sandbox.faults.add(QXI, "timeout_after")
    assert write(qad, one)[0].action is Action.UNKNOWN
    (found,) = look_up(qad, one)
    assert (found.action, found.external_id) == (Action.CREATED, made(qad)[0]["salesOrderNumber"])
    assert sent(qad) == 1


def test_what_was_queued_stays_unknown_until_patience_is_over(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    qad.sandbox.faults.add(QXI, "queued")
    (word,) = write(qad, one)
    assert (word.action, word.code) == (Action.UNKNOWN, "queued")
    now = datetime.now(UTC)
    assert [word.action for word in look_up(qad, one, sent_at=now)] == [Action.UNKNOWN]
    assert look_up(qad, one, sent_at=now - timedelta(hours=2)) == []


def test_a_warning_accompanies_success(qad: Tenant) -> None:
    qad.sandbox.faults.add(QXI, "warning")
    assert write(qad, change(qad, usual(qad)))[0].action is Action.CREATED


def test_a_refusal_is_told_in_qxtend_s_words_and_leaves_nothing(qad: Tenant) -> None:
    (word,) = write(qad, change(qad, usual(qad, currency="CHF")))
    assert (word.action, word.code) == (Action.REJECTED, "refused")
    assert "Value must exist in generalized codes" in word.text
    assert made(qad) == []


def test_a_record_in_use_is_tried_again_in_a_while(qad: Tenant) -> None:
    qad.sandbox.faults.add(QXI, "business_error")
    (word,) = write(qad, change(qad, usual(qad)))
    assert word.action is Action.LATER


def test_a_wrong_user_is_tried_once(qad: Tenant) -> None:
    qad.credentials = {
        "qxtend_username": "mlc.integration@nordvik.example",
        "qxtend_password": "not-the-password",
    }
    with pytest.raises(ReconnectNeeded, match="User ID or password is invalid"):
        write(qad, change(qad, usual(qad)), change(qad, usual(qad, number="web-1002")))
    assert (sent(qad), qad.sandbox.access.user.failures) == (1, 1)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"qxtend_receiver": "ELSEWHERE"}, "Check receiver and version"),
        ({"qxtend_version": "eB_9"}, "Check receiver and version"),
    ],
)
def test_a_wrong_set_up_is_a_matter_of_the_settings(qad: Tenant, settings: dict[str, Any], says: str) -> None:
    one = change(qad, usual(qad))
    qad.settings |= settings
    with pytest.raises(ConfigProblem, match=says):
        write(qad, one)


def test_a_soap_fault_leaves_it_unknown(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    qad.settings["qxtend_operation"] = "maintainNothing"
    (word,) = write(qad, one)
    assert word.action is Action.UNKNOWN
    assert "maintainNothing" in word.text


def test_fields_of_the_header_go_along_and_change_later(qad: Tenant) -> None:
    qad.options = options(status_field="soShipvia")
    one = change(qad, usual(qad, state="paid"))
    write(qad, one)
    assert made(qad)[0]["shipVia"] == "paid"
    later = change(qad, usual(qad, state="pending"), confirmed=one.desired, external_id="x")
    assert write(qad, later)[0].action is Action.UPDATED
    assert made(qad)[0]["shipVia"] == "pending"
    assert len(made(qad)) == 1


def test_the_password_never_reaches_the_trail(qad: Tenant) -> None:
    qad.sandbox.faults.add(QXI, "garbage")
    write(qad, change(qad, usual(qad)))
    assert "qad-sandbox-secret" not in repr(qad.calls)


def _settings(**more: Any) -> QadSettings:
    known = {"base_url": "https://q.example/clouderp", "domain": "D", "entity": "E", "qxtend_receiver": "R"}
    return QadSettings(**{**known, **more})


def test_a_message_escapes_what_people_write() -> None:
    body = qdoc.message(
        _settings(), {"username": "a&b"}, "maintainSalesOrder", [Element("soPo", "<1>\x00&")]
    ).decode()
    assert "<soPo>&lt;1&gt;&amp;</soPo>" in body
    assert "<qcom:propertyValue>a&amp;b</qcom:propertyValue>" in body
    assert "<qcom:propertyName>To</qcom:propertyName><qcom:propertyValue>urn:services-qad-com:R" in body
    assert "<dsSalesOrder>" in body


def test_namespaces_are_the_connection_s() -> None:
    body = qdoc.message(
        _settings(qxtend_namespace="urn:x", qxtend_common_namespace="urn:y"), {}, "op", []
    ).decode()
    assert 'xmlns="urn:x"' in body
    assert 'xmlns:qcom="urn:y"' in body


@pytest.mark.parametrize(
    ("document", "refused"),
    [
        (b"<a><result>success</result></a>", False),
        (b"<a><result>warning</result></a>", False),
        (b"<a><ns:result xmlns:ns='u'>error</ns:result></a>", True),
        (
            b"<a><temp_err_msg><tt_msg_sev>error</tt_msg_sev><tt_msg_desc>No</tt_msg_desc></temp_err_msg></a>",
            True,
        ),
        (b"<a><temp_err_msg><tt_msg_sev>warning</tt_msg_sev></temp_err_msg></a>", False),
    ],
)
def test_a_reply_is_read_by_local_names(document: bytes, *, refused: bool) -> None:
    reply = qdoc.reply(document)
    assert reply is not None
    assert reply.is_refused is refused


@pytest.mark.parametrize(
    "document",
    [b"", b"{}", b"<a/>", b"<a><b></a>", b"<!DOCTYPE x [<!ENTITY y 'z'>]><a><result>success</result></a>"],
)
def test_what_is_no_reply_is_none(document: bytes) -> None:
    assert qdoc.reply(document) is None


def test_a_fault_has_words() -> None:
    body = b"<e><Fault><faultcode>Server</faultcode><faultstring>no such receiver</faultstring></Fault></e>"
    assert qdoc.soap_words(Answer(500, {}, body, "")).message == "no such receiver"
