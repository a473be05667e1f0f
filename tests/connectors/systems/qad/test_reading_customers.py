"""Customers as they come out of a tenant."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.records import Standing
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RecordRejected
from connectors.systems.qad.places import QadCredentials
from connectors.systems.qad.settings import QadSettings
from connectors.systems.qad.streams.customers import Customers
from connectors.systems.qad.system import Qad
from tests.connectors.systems.accounts import account
from tests.connectors.systems.qad.tenant import BROWSES, RUN_START, Maker, Tenant, keys_of

RECORDS_BROWSE = "urn:browse:bebrowse:com.qad.erp.base.customerV2s"


def customers(qad: Tenant, **settings: Any) -> dict[str, Any]:
    stream = qad.system(**settings).stream("customers")
    return {row.key: stream.canonical(row.raw) for page in stream.pages(None, RUN_START) for row in page.rows}


def expected(qad: Tenant) -> dict[str, Any]:
    return {one["customerCode"]: one for one in qad.state("customers") if one["sharedSetCode"] == "NAM"}


def test_all_customers_of_the_workspace_are_read_with_name_and_address(qad: Tenant) -> None:
    qad.ping()
    found, there = customers(qad), expected(qad)
    assert found.keys() == there.keys()
    for key, one in there.items():
        assert found[key].name == one["businessRelationName"].strip()
        assert found[key].address.country == one["countryCode"]
        assert found[key].currency == one["currencyCode"]
        if one["email_state"] in {"valid", "duplicate"}:
            assert found[key].email == one["EMail"]
        elif one["email_state"] == "missing":
            assert found[key].email == ""


def test_every_call_says_which_workspace_it_is_about(qad: Tenant) -> None:
    qad.ping()
    qad.read("customers")
    calls = [call for call in qad.sandbox.journal.calls(path="*/api/*") if "securityControl" not in call.path]
    named = [call.headers.get("x-qad-workspace-id") for call in calls if call.status == 200]
    assert named
    assert set(named) == {"10USA_10USACO"}


def test_without_a_column_for_them_addresses_come_from_the_records(tenants: Maker) -> None:
    qad = tenants(email_column="")
    qad.ping()
    by_record = {key: one.email for key, one in customers(qad).items()}
    other = tenants()
    other.ping()
    assert by_record == {key: one.email for key, one in customers(other).items()}
    assert any(by_record.values())
    assert len(qad.sandbox.journal.calls(path="*/customerV2s")) >= 60


def test_a_browse_over_customer_records_gives_addresses_in_bulk(tenants: Maker) -> None:
    qad = tenants(email_column="")
    qad.settings["customers_browse"] = RECORDS_BROWSE
    checks = qad.ping()
    assert "customerV2.EMail" in checks["E-mail addresses"].text
    assert any(one.email for one in customers(qad).values())
    assert not qad.sandbox.journal.calls(path="*/customerV2s")


def test_who_is_on_hold_or_inactive_stands_so(tenants: Maker) -> None:
    qad = tenants(email_column="")
    qad.ping()
    qad.sandbox.mutate("hold_customer", code="10002")
    qad.sandbox.mutate("deactivate_customer", code="10003")
    found = customers(qad)
    assert found["10002"].standing is Standing.ON_HOLD
    assert "credit hold" in found["10002"].standing_reason
    assert found["10003"].standing is Standing.INACTIVE
    assert found["10001"].standing is Standing.ACTIVE


def test_customers_are_fetched_by_key_and_missing_ones_named(qad: Tenant) -> None:
    qad.ping()
    page = qad.system().stream("customers").fetch(["10002", "NOBODY", "10001", "10002"])
    assert [row.key for row in page.rows] == ["10002", "10001"]
    assert list(page.missing) == ["NOBODY"]


def test_a_customer_whose_code_has_a_comma_is_read_all_the_same(tenants: Maker) -> None:
    qad = tenants(customers=60)
    qad.sandbox.mutate("add_customer", code="A,B1")
    qad.ping()
    assert "A,B1" in keys_of(qad.read("customers"))
    assert [row.key for row in qad.system().stream("customers").fetch(["A,B1"]).rows] == ["A,B1"]


def test_a_row_without_a_key_is_refused_by_name_and_the_others_come(qad: Tenant) -> None:
    qad.ping()
    qad.sandbox.faults.add(BROWSES, "no_key", after=1)
    pages = qad.read("customers")
    refused = [one for page in pages for one in page.refused]
    assert len(refused) == 1
    assert "it has no key (cm_mstr.cm_addr)" in refused[0][1]
    assert len(keys_of(pages)) >= 58


@pytest.mark.parametrize("column", ["ad_mstr.ad_email", "ad_mstr.ad_name", "cm_mstr.cm_addr"])
def test_a_column_taken_out_of_the_browse_stops_everything_at_once(qad: Tenant, column: str) -> None:
    qad.ping()
    qad.sandbox.mutate("remove_column", browse="urn:browse:mfg:cm007", column=column)
    with pytest.raises(ConfigProblem, match=column):
        qad.read("customers")


def test_a_workspace_the_user_may_not_use_is_said_so(qad: Tenant) -> None:
    with pytest.raises(ReconnectNeeded, match="workspace"):
        qad.read("customers", entity="ELSEWHERE")


def test_a_sweep_is_one_only_in_the_run_that_began_it(tenants: Maker) -> None:
    qad = tenants(customers=130)
    qad.ping()
    stream = qad.system().stream("customers")
    first = next(iter(stream.pages(None, RUN_START)))
    assert first.sweep
    same = qad.read("customers", first.position, RUN_START)
    assert same[-1].sweep
    later = qad.read("customers", first.position, RUN_START + timedelta(hours=1))
    assert later[-1].done
    assert not later[-1].sweep
    assert set(keys_of([first])) | set(keys_of(later)) == expected(qad).keys()


def test_what_is_no_change_of_a_customer_does_not_count_as_one(qad: Tenant) -> None:
    qad.ping()
    before = {row.key: row.raw for page in qad.read("customers") for row in page.rows}
    qad.sandbox.mutate("change_customer", code="10001", changes={"customNote": "called on Monday"})
    after = {row.key: row.raw for page in qad.read("customers") for row in page.rows}
    assert before == after


def test_memory_is_bounded_by_a_page(tenants: Maker) -> None:
    qad = tenants(customers=130)
    qad.ping()
    assert max(len(page.rows) for page in qad.read("customers")) <= 25


def _stream(**settings: Any) -> Customers:
    known = {"base_url": "https://qad.example/clouderp", "domain": "D", "entity": "E"}
    stream = Qad(
        account(QadSettings(**{**known, **settings}), QadCredentials(username="u", password="password"))
    ).stream("customers")
    assert isinstance(stream, Customers)
    return stream


ROW = {
    "cm_mstr.cm_addr": "C1",
    "ad_mstr.ad_name": " Nordvik\tAS ",
    "ad_mstr.ad_attn": "Anna Berg",
    "ad_mstr.ad_country": "no",
    "ad_mstr.ad_vat_reg": "NO999",
    "cm_mstr.cm_curr": "nok",
    "cm_mstr.cm_class": "A",
    "cm_mstr.cm_cr_hold": "yes",
    "x_mstr.ad_mail": "a@x.com; b@x.com",
}


def test_a_row_becomes_a_customer() -> None:
    stream = _stream(customer_columns={"email": "x_mstr.ad_mail"})
    customer = stream.canonical({"row": ROW})
    assert (customer.key, customer.name, customer.company) == ("C1", "Nordvik AS", "Nordvik AS")
    assert (customer.first_name, customer.last_name, customer.email) == ("Anna", "Berg", "a@x.com")
    assert (customer.currency, customer.group, customer.tax_id) == ("NOK", "A", "NO999")
    assert (customer.address.country, customer.standing) == ("NO", Standing.ON_HOLD)
    assert customer.extra["cm_mstr.cm_class"] == "A"


def test_a_name_beyond_reason_rejects_the_customer_alone() -> None:
    with pytest.raises(RecordRejected, match="customer C1"):
        _stream().canonical({"row": {**ROW, "ad_mstr.ad_name": "x" * 50_000}})
