"""Reading M3: all of it, what changed, what was asked for; nothing twice, nothing lost."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.records import Standing
from connectors.sdk.errors import ConfigProblem, RecordSkipped, RetryLater
from sandboxes.infor.m3.programs import HANDLERS
from tests.connectors.systems.infor.environment import RUN_START, Environment, Maker, keys_of, raw_of

LISTS = "*/LstByNumber*"


def numbers(m3: Environment) -> list[str]:
    rows: Any = m3.sandbox.state("customers")
    return sorted(row["CUNO"] for row in rows)


def test_every_customer_is_read_once_whatever_the_page(m3: Environment) -> None:
    for size in (1, 7, 60, 61, 200):
        pages = m3.read("customers", page_size=size)
        assert keys_of(pages) == numbers(m3)
        assert [page.done for page in pages] == [False] * (len(pages) - 1) + [True]
        assert all(page.sweep for page in pages)


@pytest.mark.parametrize("cap", [2, 10, 50])
def test_a_server_that_gives_fewer_than_asked_for_is_read_to_its_end(environments: Maker, cap: int) -> None:
    m3 = environments(record_cap=cap)
    assert keys_of(m3.read("customers", last_order="none")) == numbers(m3)


def test_exactly_a_hundred_customers_are_not_all_by_accident(environments: Maker) -> None:
    m3 = environments(customers=205)
    assert len(keys_of(m3.read("customers", page_size=100))) == 205


def test_numbers_that_an_address_must_escape_are_read(environments: Maker) -> None:
    m3 = environments(customers=500)
    keys = keys_of(m3.read("customers", page_size=50, last_order="none"))
    awkward = [key for key in keys if not key.isalnum()]
    assert len(awkward) >= 4
    assert len(set(keys)) == 500
    page = m3.system().stream("customers").fetch(awkward)
    assert [row.key for row in page.rows] == awkward
    assert page.missing == []


def test_a_page_costs_few_calls(environments: Maker) -> None:
    m3 = environments(customers=200)
    m3.read("customers", page_size=200)
    asked = m3.sandbox.journal.calls(path="*execute*")
    # the list and its proven end, two details of 200 customers at 80 a call, orders at 25 customers a call
    assert len(asked) == 2 + 5 + 8


def test_a_list_that_is_silently_cut_is_read_on(m3: Environment) -> None:
    m3.sandbox.faults.add(LISTS, "short", rows=3, times=2)
    assert keys_of(m3.read("customers")) == numbers(m3)


@pytest.mark.parametrize("after", [0, 1])
def test_a_list_that_is_silently_empty_is_not_believed_at_once(m3: Environment, after: int) -> None:
    m3.sandbox.faults.add(LISTS, "empty", after=after)
    assert keys_of(m3.read("customers", page_size=20)) == numbers(m3)


def test_an_empty_company_is_no_reason_to_take_everybody_for_gone(m3: Environment) -> None:
    m3.sandbox.faults.add(LISTS, "empty", times=None)
    (page,) = m3.read("customers")
    assert page.done
    assert not page.sweep


def test_a_list_that_ignores_where_to_start_ends_in_words(
    m3: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs: Any = HANDLERS["CRS610MI"]
    monkeypatch.setitem(programs, "LstByNumber", lambda world, _: world.customers.scan("100", ""))
    with pytest.raises(ConfigProblem, match="keeps listing the same customers"):
        m3.read("customers", page_size=5)


def test_reading_goes_on_where_it_stopped(m3: Environment) -> None:
    stream = m3.system(page_size=20).stream("customers")
    pages = stream.pages(None, RUN_START)
    first = next(pages)
    pages.close()  # type: ignore[attr-defined]
    rest = m3.read("customers", first.position, page_size=20)
    assert keys_of([first, *rest]) == numbers(m3)
    assert rest[-1].sweep
    later = m3.read("customers", first.position, RUN_START + timedelta(hours=1), page_size=20)
    assert not later[-1].sweep
    assert keys_of([first, *later]) == numbers(m3)


def test_between_full_readings_only_what_changed_is_read(m3: Environment) -> None:
    m3.ping()
    at = m3.sandbox.clock.now()
    position = m3.read("customers", at=at)[-1].position
    m3.sandbox.mutate("rename_customers", every=20)
    pages = m3.read("customers", position, at + timedelta(hours=1))
    assert keys_of(pages) == numbers(m3)[19::20]
    assert not any(page.sweep for page in pages)
    assert pages[-1].position["swept"] == position["swept"]


@pytest.mark.parametrize("unit", ["s", "us"])
def test_changes_are_found_in_whatever_unit_the_filter_counts(environments: Maker, unit: str) -> None:
    m3 = environments(lmts_unit=unit)
    m3.ping()
    at = m3.sandbox.clock.now()
    position = m3.read("customers", at=at)[-1].position
    m3.sandbox.mutate("set_email", customer="10007", value="new@x.example")
    assert keys_of(m3.read("customers", position, at + timedelta(hours=1))) == ["10007"]


def test_without_a_filter_changes_are_exported_by_their_day(environments: Maker) -> None:
    m3 = environments(lmts="ignored")
    m3.ping()
    at = m3.sandbox.clock.now()
    position = m3.read("customers", at=at)[-1].position
    m3.sandbox.mutate("rename_customers", every=10)
    pages = m3.read("customers", position, at + timedelta(hours=1), page_size=4)
    assert keys_of(pages) == numbers(m3)[9::10]
    assert [len(page.rows) for page in pages] == [4, 2, 0]


def test_without_any_filter_every_run_reads_everything(environments: Maker) -> None:
    m3 = environments(lmts="ignored")
    position = m3.read("customers")[-1].position
    assert len(keys_of(m3.read("customers", position, RUN_START + timedelta(hours=1)))) == 60


def test_a_full_reading_is_made_as_often_as_the_settings_say(m3: Environment) -> None:
    m3.ping()
    position = m3.read("customers", at=RUN_START)[-1].position
    soon = m3.read("customers", position, RUN_START + timedelta(hours=23))
    later = m3.read("customers", position, RUN_START + timedelta(hours=25))
    assert (soon[-1].sweep, later[-1].sweep) == (False, True)
    weekly = m3.read("customers", position, RUN_START + timedelta(hours=25), full_read_days=7)
    assert not weekly[-1].sweep


def test_a_change_that_changes_nothing_we_keep_is_no_change(m3: Environment) -> None:
    before = raw_of(m3.read("customers"))
    m3.sandbox.mutate("touch_customers")
    m3.sandbox.mutate("change_customer", customer="10001", changes={"TFNO": "+46 1"})
    assert raw_of(m3.read("customers")) == before


def test_fetching_sees_what_reading_sees(m3: Environment) -> None:
    read = raw_of(m3.read("customers"))
    page = m3.system().stream("customers").fetch(["10003", "NOPE", "10001", "10003"])
    assert {row.key: row.raw for row in page.rows} == {key: read[key] for key in ("10003", "10001")}
    assert page.missing == ["NOPE"]
    assert page.done


def test_a_record_missing_from_a_list_alone_is_not_taken_for_gone(m3: Environment) -> None:
    m3.sandbox.faults.add(LISTS, "empty")
    with pytest.raises(RetryLater, match="yet has it"):
        m3.system().stream("customers").fetch(["10001"])


def test_a_customer_deleted_while_being_read_stops_nobody(m3: Environment) -> None:
    stream = m3.system(page_size=20).stream("customers")
    pages = stream.pages(None, RUN_START)
    first = next(pages)
    m3.sandbox.mutate("delete_customer", customer=first.rows[-1].key)
    m3.sandbox.mutate("delete_customer", customer="10050")
    assert "10050" not in keys_of([first, *pages])


def standings(m3: Environment, **settings: Any) -> dict[str, Standing]:
    stream = m3.system(**settings).stream("customers")
    return {
        key: stream.canonical(raw).standing for key, raw in raw_of(m3.read("customers", **settings)).items()
    }


def test_account_status_follows_what_people_do_in_m3(m3: Environment) -> None:
    m3.sandbox.mutate("block_customer", customer="10001")
    m3.sandbox.mutate("stop_customer", customer="10002")
    m3.sandbox.mutate("add_invoice", customer="10003", amount="250.00", days_overdue=45)
    m3.sandbox.mutate("add_invoice", customer="10005", amount="250.00", days_overdue=5)
    for customer in ("10004", "10005", "10006"):
        m3.sandbox.mutate("activate_customer", customer=customer)
        m3.sandbox.mutate("change_customer", customer=customer, changes={"RGDT": "20200101"})
    m3.sandbox.mutate("add_order", customer="10005")
    m3.sandbox.mutate("add_order", customer="10006", values={"ORDT": "20210101"})
    for row in m3.sandbox.m3.orders.rows.values():
        if row["CUNO"] in {"10004", "10006"} and row["ORDT"] > "20210101":
            m3.sandbox.mutate("change", table="orders", key=[row["ORNO"]], changes={"ORDT": "20200101"})
    rows: Any = m3.sandbox.state("invoices")
    for row in rows:
        if row["CUNO"] in {"10004", "10006"} and row["RECO"] != "9":
            m3.sandbox.mutate("pay_invoice", invoice=row["CINO"])
    found = standings(m3)
    assert found["10001"] is Standing.INACTIVE
    assert found["10002"] is Standing.ON_HOLD
    assert found["10003"] is Standing.DELINQUENT
    assert found["10004"] is Standing.DORMANT
    assert found["10006"] is Standing.DORMANT
    without = standings(m3, read_financials=False, last_order="none")
    assert without["10001"] is Standing.INACTIVE
    assert {without[key] for key in ("10002", "10003", "10004", "10006")} == {Standing.ACTIVE}


def test_invoices_may_stand_for_orders(m3: Environment) -> None:
    m3.sandbox.mutate("activate_customer", customer="10004")
    m3.sandbox.mutate("change_customer", customer="10004", changes={"RGDT": "20200101"})
    invoice = {"IVDT": m3.sandbox.clock.now().strftime("%Y%m%d")}
    m3.sandbox.mutate("add_invoice", customer="10004", amount="1.00", days_overdue=-30, values=invoice)
    assert standings(m3, last_order="invoices", overdue_amount=1_000_000)["10004"] is Standing.ACTIVE


def test_head_office_and_tax_id_come_along(m3: Environment) -> None:
    stream = m3.system().stream("customers")
    record = stream.canonical(raw_of(m3.read("customers"))["10013"])
    assert record.parent_key == "10011"
    assert record.tax_id.endswith("556000013")


def test_an_id_kept_in_an_extension_field_is_read_from_there(m3: Environment) -> None:
    m3.sandbox.mutate("set_custom_field", customer="10002", field="A030", value="abc123")
    settings: dict[str, Any] = {"m3_marketing_id": "A030"}
    stream = m3.system(**settings).stream("customers")
    found = {
        key: stream.canonical(raw).marketing_id
        for key, raw in raw_of(m3.read("customers", **settings)).items()
    }
    assert {key: value for key, value in found.items() if value} == {"10002": "abc123"}


def test_more_fields_come_along_where_the_settings_ask_for_them(m3: Environment) -> None:
    settings: dict[str, Any] = {"more_fields": ("CRL2", "TDIN", "RESP", "SMCD")}
    m3.sandbox.mutate("change_customer", customer="10001", changes={"SMCD": "ANNA", "RESP": "BERT"})
    extra = (
        m3.system(**settings)
        .stream("customers")
        .canonical(raw_of(m3.read("customers", **settings))["10001"])
        .extra
    )
    assert (extra["SMCD"], extra["RESP"]) == ("ANNA", "BERT")
    assert "TDIN" in extra


def test_customer_types_not_included_are_skipped_with_the_reason(m3: Environment) -> None:
    stream = m3.system(included_types=("3",)).stream("customers")
    with pytest.raises(RecordSkipped, match="type 0"):
        stream.canonical(raw_of(m3.read("customers", included_types=("3",)))["10001"])


def test_suppliers_are_read_with_their_own_fields(m3: Environment) -> None:
    m3.ping()
    pages = m3.read("suppliers", page_size=5, at=m3.sandbox.clock.now())
    stream = m3.system().stream("suppliers")
    records = [stream.canonical(raw) for raw in raw_of(pages).values()]
    assert len(records) == 12
    assert records[3].kind == "supplier"
    assert (records[3].email, bool(records[3].tax_id)) == ("s4@v.example", True)
    m3.sandbox.mutate("change_supplier", supplier="S20003", changes={"SUNM": "Renamed"})
    later = m3.sandbox.clock.now() + timedelta(hours=1)
    assert keys_of(m3.read("suppliers", pages[-1].position, later)) == ["S20003"]


def test_version_one_reads_the_same(m3: Environment) -> None:
    assert raw_of(m3.read("customers", m3_version="v1", page_size=30)) == raw_of(m3.read("customers"))


def test_a_program_that_is_forbidden_stops_the_reading_with_words(m3: Environment) -> None:
    m3.sandbox.mutate("forbid_program", program="OIS100MI")
    with pytest.raises(ConfigProblem, match="OIS100MI"):
        m3.read("customers")


def test_another_company_is_another_set_of_customers(environments: Maker) -> None:
    m3 = environments(customers=200)
    assert len(keys_of(m3.read("customers", company="200", division="CCC"))) == 10


def test_no_call_leaves_the_company_to_chance(m3: Environment) -> None:
    m3.ping()
    m3.read("customers")
    m3.sandbox.journal.keep_bodies = True
    m3.system().stream("customers").fetch(["10001", "10002", "10003"])
    for call in m3.sandbox.journal.calls(path="*execute*"):
        named = "cono=100" in call.path or call.method == "POST" or "GetUserData" in call.path
        assert named, call.path
