"""What a person is told about a connection, and what streams and sinks go by afterwards."""

from typing import Any

import pytest

from connectors.sdk.system import Check, Outcome
from connectors.systems.qad.options import SalesOrderOptions
from tests.connectors.systems.qad.tenant import BROWSES, Maker, Tenant


def of(checks: dict[str, Check], outcome: Outcome) -> list[str]:
    return [name for name, check in checks.items() if check.outcome is outcome]


def test_a_good_connection_is_described(qad: Tenant) -> None:
    qad.options = SalesOrderOptions()
    checks = qad.ping()
    assert set(of(checks, Outcome.OK)) == set(checks)
    assert list(checks)[:3] == ["Address", "Log-in", "Workspace"]
    assert checks["Customers"].text.startswith("60 customers.")
    assert checks["Session"].text == "Lives 60 minutes, ends after 15 idle ones."
    assert checks["Purchase order"].text == "Written to purchaseOrder, looked up in so_mstr.so_po."
    found = qad.findings
    assert (found["session_minutes"], found["idle_minutes"]) == (60, 15)
    assert (found["customers"], found["items"], found["orders"]) == (60, 30, 20)
    assert found["email_column"] == "ad_mstr.ad_email"
    assert "ad_mstr.ad_email" in found["customers_columns"]
    assert (found["order_lines"], found["line_order_column"]) == ("browse", "so_mstr.so_nbr")
    assert set(found["ordered"]) >= {"urn:browse:mfg:cm007", "urn:browse:mfg:gp340", "urn:browse:mfg:so803"}
    assert found["reference_field"] == "purchaseOrder"
    assert all(check.milliseconds > 0 for check in checks.values())


def test_the_client_id_is_read_where_nobody_entered_it(qad: Tenant) -> None:
    qad.settings["client_id"] = ""
    assert qad.ping()["Client id"].outcome is Outcome.OK
    assert qad.findings["client_id"] == qad.sandbox.options.client_id
    assert qad.read("customers")[-1].done


def test_reading_the_client_id_with_a_wrong_password_is_the_one_failure(qad: Tenant) -> None:
    qad.settings["client_id"] = ""
    qad.credentials["password"] = "not-the-password"
    checks = qad.ping()
    assert list(checks) == ["Address", "Client id"]
    assert checks["Client id"].outcome is Outcome.FAILED
    assert qad.sandbox.access.user.failures == 1


def test_a_wrong_password_is_told_and_nothing_else_is_tried(qad: Tenant) -> None:
    qad.credentials["password"] = "not-the-password"
    checks = qad.ping()
    assert list(checks) == ["Address", "Log-in"]
    assert of(checks, Outcome.FAILED) == ["Log-in"]
    assert "We tried once and stopped" in checks["Log-in"].text
    assert qad.log_ins() == 1


def test_a_ping_after_the_user_was_unlocked_lets_work_go_on(qad: Tenant) -> None:
    qad.sandbox.mutate("lock_user")
    assert qad.ping()["Log-in"].outcome is Outcome.FAILED
    qad.sandbox.mutate("unlock_user")
    assert qad.ping()["Log-in"].outcome is Outcome.OK
    assert qad.read("customers")[-1].done


@pytest.mark.parametrize("kind", ["basic", "cookie"])
def test_other_kinds_of_session_are_pinged_as_well(qad: Tenant, kind: str) -> None:
    qad.settings["session_kind"] = kind
    checks = qad.ping()
    assert not of(checks, Outcome.FAILED)
    assert "Client id" not in checks


@pytest.mark.parametrize(
    ("settings", "name", "text"),
    [
        (
            {"base_url": "https://no-such-host.invalid/clouderp"},
            "Address",
            "no host named no-such-host.invalid",
        ),
        ({"base_url": "{url}/qad-central"}, "Address", "Check the context root"),
        ({"client_id": "another"}, "Log-in", "does not know the client id"),
        ({"session_kind": "oauth_query"}, "Log-in", "QAD could not read the log-in"),
        (
            {"domain": "99XYZ", "entity": "99XYZCO"},
            "Workspace",
            "does not let the user work in 99XYZ_99XYZCO",
        ),
        ({"entity": "11CANCO"}, "Workspace", "10USA_11CANCO"),
        ({"customers_browse": "urn:browse:mfg:cm999"}, "Customers", "has no browse urn:browse:mfg:cm999"),
        ({"customer_columns": {"name": "ad_mstr.ad_nome"}}, "Customers", "does not show ad_mstr.ad_nome"),
        (
            {"customer_columns": {"email": "ad_mstr.ad_mail"}},
            "E-mail addresses",
            "does not show ad_mstr.ad_mail",
        ),
        (
            {"items_browse": "urn:browse:mfg:cm007"},
            "Items",
            "does not show pt_mstr.pt_desc1, pt_mstr.pt_part",
        ),
        ({"orders_browse": "urn:browse:mfg:gp340"}, "Orders", "does not show"),
    ],
)
def test_a_wrong_setting_is_told_at_its_step(
    qad: Tenant, settings: dict[str, Any], name: str, text: str
) -> None:
    settings = {
        key: value.replace("{url}", qad.server.url) if isinstance(value, str) else value
        for key, value in settings.items()
    }
    checks = qad.ping(**settings)
    assert name in of(checks, Outcome.FAILED)
    assert text in checks[name].text


def test_another_context_root_is_fine_where_it_is_the_right_one(tenants: Maker) -> None:
    assert not of(tenants(context_root="/qad-central").ping(), Outcome.FAILED)


def test_without_an_e_mail_column_the_shared_set_is_asked_for(tenants: Maker) -> None:
    qad = tenants(email_column="")
    checks = qad.ping(shared_set="")
    assert checks["E-mail addresses"].outcome is Outcome.FAILED
    assert "we need the customer shared set" in checks["E-mail addresses"].text
    checks = qad.ping(shared_set="EMEA2")
    assert "no customer 10001 in the shared set EMEA2" in checks["E-mail addresses"].text
    checks = qad.ping()
    assert checks["E-mail addresses"].outcome is Outcome.WARNING
    assert "Much faster" in checks["E-mail addresses"].advice


def test_a_browse_that_shows_nothing_although_it_counts_rows_is_not_taken_for_empty(qad: Tenant) -> None:
    qad.sandbox.faults.add({"path": BROWSES, "query": "cm007"}, "empty_page", times=None)
    checks = qad.ping()
    assert checks["Customers"].outcome is Outcome.FAILED
    assert "has 60 rows and shows none" in checks["Customers"].text


def test_a_forbidden_browse_is_told_with_what_to_grant(qad: Tenant) -> None:
    qad.sandbox.mutate("forbid", resource="urn:browse:mfg:so803")
    checks = qad.ping()
    assert of(checks, Outcome.FAILED) == ["Orders"]
    assert "Give its role access" in checks["Orders"].text


def test_orders_without_their_purchase_order_can_be_read_but_not_written(qad: Tenant) -> None:
    qad.options = SalesOrderOptions()
    qad.sandbox.mutate("remove_column", browse="urn:browse:mfg:so803", column="so_mstr.so_po")
    checks = qad.ping()
    assert checks["Orders"].outcome is Outcome.OK
    assert "no orders can be written" in checks["Purchase order"].text


def test_the_field_of_the_purchase_order_is_found_whatever_it_is_called(tenants: Maker) -> None:
    qad = tenants(order_reference="customerPO")
    qad.options = SalesOrderOptions()
    qad.ping()
    assert qad.findings["reference_field"] == "customerPO"


def test_qxtend_is_looked_for_without_sending_it_anything(qad: Tenant) -> None:
    qad.settings |= {
        "write_via": "qxtend",
        "qxtend_url": f"{qad.server.url}/qxi/services/QdocWebService",
        "qxtend_receiver": "QADERP",
    }
    assert qad.ping()["QXtend"].outcome is Outcome.OK
    assert not qad.sandbox.journal.calls(method="POST", path="/qxi/*")
    checks = qad.ping(qxtend_url=f"{qad.server.url}/elsewhere")
    assert "There is no QXtend at this address" in checks["QXtend"].text


def test_nothing_is_written_by_a_ping(qad: Tenant) -> None:
    qad.options = SalesOrderOptions()
    qad.ping()
    posts = qad.sandbox.journal.calls(method="POST")
    assert {call.path for call in posts} == {"/clouderp/oauth/token"}
