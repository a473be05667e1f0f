"""Reading customers from a real server, by either way: all of them, once each, whatever happens meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.records.canonical import fingerprint
from connectors.sdk.errors import ConfigProblem, RecordRejected, RetryLater
from tests.connectors.systems.syspro.environment import BALANCE, RUN_START, Environment, Maker, keys_of

WAYS = pytest.mark.parametrize("through", ["odata", "enet"])


def small_pages(through: str, size: int) -> dict[str, Any]:
    return {"read_through": through, "page_size": size, "enet_page_size": size, **BALANCE}


@WAYS
def test_every_customer_is_read_once_in_the_order_of_its_number(sites: Maker, through: str) -> None:
    site = sites(customers=230)
    site.ping(**small_pages(through, 50))
    pages = site.read(**small_pages(through, 50))
    assert keys_of(pages) == site.ids()
    assert len(pages) == 5
    assert [page.done for page in pages] == [False] * 4 + [True]
    assert all(page.sweep for page in pages)
    assert pages[-1].position == {"swept": RUN_START.isoformat(), "count": 230}


@WAYS
def test_nothing_depends_on_a_ping_having_been_made(site: Environment, through: str) -> None:
    pages = site.read(**small_pages(through, 25))
    assert keys_of(pages) == site.ids()
    assert pages[-1].done


def test_both_ways_read_the_same_customers(site: Environment) -> None:
    read = {}
    for through in ("odata", "enet"):
        site.findings = {}
        site.ping(read_through=through, **BALANCE)
        stream = site.stream(read_through=through, **BALANCE)
        rows = [row for page in stream.pages(None, RUN_START) for row in page.rows]
        read[through] = [stream.canonical(row.raw) for row in rows if row.key not in invalid(site)]
    assert read["odata"] == read["enet"]
    assert len(read["odata"]) > 50


def invalid(site: Environment) -> set[str]:
    return {one["Customer"] for one in site.customers() if one["email_state"] == "invalid"}


def test_addresses_chosen_are_those_the_site_means(sites: Maker) -> None:
    site = sites(customers=200)
    site.ping(**BALANCE)
    stream = site.stream(**BALANCE)
    rows = {row.key: row.raw for page in stream.pages(None, RUN_START) for row in page.rows}
    # The site cuts at semicolons alone.
    for one in (one for one in site.customers() if "," not in str(one["Email"])):
        if one["email_state"] == "invalid" and ";" not in str(one["Email"]):
            with pytest.raises(RecordRejected):
                stream.canonical(rows[one["Customer"]])
        elif one["email_state"] in {"valid", "duplicate"}:
            assert stream.canonical(rows[one["Customer"]]).email == one["email"]
        elif one["email_state"] == "missing":
            assert stream.canonical(rows[one["Customer"]]).email == ""


@WAYS
def test_reading_resumes_after_any_page(sites: Maker, through: str) -> None:
    site = sites(customers=110)
    options = small_pages(through, 30)
    site.ping(**options)
    pages = site.read(**options)
    for at, page in enumerate(pages[:-1], start=1):
        rest = site.read(page.position, **options)
        assert keys_of(rest) == keys_of(pages[at:])
        assert rest[-1].position == pages[-1].position
        assert all(one.sweep for one in rest)


def test_a_sweep_resumed_by_another_run_takes_nothing_for_gone(site: Environment) -> None:
    first = site.read(page_size=20)[0]
    later = site.read(first.position, RUN_START + timedelta(hours=1), page_size=20)
    assert not any(page.sweep for page in later)


@WAYS
def test_no_gap_and_no_repeat_while_others_come_and_go(sites: Maker, through: str) -> None:
    site = sites(customers=120)
    options = small_pages(through, 20)
    site.ping(**options)
    there, read = site.ids(), list[str]()
    gone: set[str] = set()
    for number, page in enumerate(site.stream(**options).pages(None, RUN_START)):
        read += [row.key for row in page.rows]
        for new in (f"00-{number:03d}", f"zz-{number:03d}"):
            site.sandbox.mutate("add_customer", values={"Customer": new})
        if number < 3:
            gone.add(there[number])
            site.sandbox.mutate("delete_customer", customer=there[number])
    assert len(read) == len(set(read))
    assert set(there) - set(read) == set()
    assert gone <= set(read)


def test_a_server_that_gives_less_than_asked_for_hides_nobody(sites: Maker) -> None:
    site = sites(customers=100, row_cap=30)
    assert keys_of(site.read(page_size=1000)) == site.ids()
    site.ping()
    before = site.sandbox.journal.last
    assert keys_of(site.read(page_size=1000)) == site.ids()
    calls = site.sandbox.journal.calls(since=before, path="*/ArCustomer")
    assert len(calls) == 4 + 2  # behind a short page nobody comes: asked, and asked once more


@WAYS
def test_what_has_not_changed_reads_the_same_again(site: Environment, through: str) -> None:
    options = small_pages(through, 25)
    site.ping(**options)
    first = {row.key: fingerprint(row.raw) for page in site.read(**options) for row in page.rows}
    site.sandbox.mutate("touch", table="ArCustomer")
    again = {row.key: fingerprint(row.raw) for page in site.read(**options) for row in page.rows}
    assert again == first


def test_what_nobody_maps_is_no_change(site: Environment) -> None:
    site.ping()
    key = site.ids()[3]
    before = fingerprint(site.stream().fetch([key]).rows[0].raw)
    site.sandbox.mutate("change_customer", customer=key, changes={"OutstOrdVal": 77, "InvoiceCount": 9})
    assert fingerprint(site.stream().fetch([key]).rows[0].raw) == before
    site.sandbox.mutate("change_customer", customer=key, changes={"Telephone": "+27 31 555 0199"})
    assert fingerprint(site.stream().fetch([key]).rows[0].raw) != before


@WAYS
def test_named_customers_are_fetched_in_portions_and_the_missing_are_named(
    sites: Maker, through: str
) -> None:
    site = sites(customers=130)
    site.ping(read_through=through, **BALANCE)
    wanted = [*site.ids()[::2], "NOBODY", "O'Neil", "Łódź", ""]
    before = site.sandbox.journal.last
    page = site.stream(read_through=through, **BALANCE).fetch(wanted)
    assert [row.key for row in page.rows] == wanted[:-4]
    assert list(page.missing) == ["NOBODY", "O'Neil", "Łódź", ""]
    path = "*/ArCustomer" if through == "odata" else "*/Query/Query"
    assert len(site.sandbox.journal.calls(since=before, path=path)) < 12


@WAYS
def test_nobody_is_missing_because_an_answer_was_cut_short(site: Environment, through: str) -> None:
    site.ping(read_through=through, **BALANCE)
    path = "*/ArCustomer" if through == "odata" else "*/Query/Query"
    site.sandbox.faults.add(path, "short", rows=2, times=3)
    page = site.stream(read_through=through, balances="off").fetch([*site.ids()[:9], "NOBODY"])
    assert [row.key for row in page.rows] == site.ids()[:9]
    assert list(page.missing) == ["NOBODY"]


def test_without_proof_of_alternatives_e_net_is_asked_one_by_one(site: Environment) -> None:
    site.ping(read_through="enet")
    site.findings["enet_either"] = False
    wanted = [*site.ids()[:4], "NOBODY"]
    before = site.sandbox.journal.last
    page = site.stream(read_through="enet", balances="off").fetch(wanted)
    assert [row.key for row in page.rows] == wanted[:4]
    assert list(page.missing) == ["NOBODY"]
    assert len(site.sandbox.journal.calls(since=before, path="*/Query/Query")) == 5


def test_company_data_stays_apart(site: Environment) -> None:
    other: Any = site.sandbox.state("EDU2/ArCustomer")
    pages = site.read(company="EDU2")
    assert keys_of(pages) == sorted(one["Customer"] for one in other)
    assert keys_of(pages) != site.ids()


def test_the_company_may_have_another_name_at_odata(site: Environment) -> None:
    assert keys_of(site.read(company="A", odata_company="EDU1")) == site.ids()


@WAYS
def test_an_empty_answer_where_there_were_customers_is_no_news(site: Environment, through: str) -> None:
    options = small_pages(through, 100)
    site.ping(**options)
    left = site.read(**options)[-1].position
    path = "*/ArCustomer" if through == "odata" else "*/Query/Query"
    site.sandbox.faults.add(path, "empty", times=None)
    with pytest.raises(RetryLater) as fault:
        site.read(left, RUN_START + timedelta(hours=1), **options)
    assert fault.value.code == "suspiciously_empty"
    assert "no customers at all, although there were 60" in fault.value.text


def test_a_company_without_customers_is_just_empty(site: Environment) -> None:
    for key in site.ids():
        site.sandbox.mutate("delete_customer", customer=key)
    (page,) = site.read()
    assert (list(page.rows), page.done) == ([], True)


@WAYS
def test_a_server_that_ignores_our_conditions_is_found_out(site: Environment, through: str) -> None:
    options = small_pages(through, 20)
    site.ping(**options)
    path = "*/ArCustomer" if through == "odata" else "*/Query/Query"
    site.sandbox.faults.add(path, "ignore_filter", times=None)
    with pytest.raises(ConfigProblem) as fault:
        site.read(**{**options, "balances": "off"})
    assert fault.value.code == "endless_paging"


def test_a_column_that_vanishes_stops_the_reading_before_blanks_are_written(site: Environment) -> None:
    site.ping()
    site.sandbox.faults.add("*/ArCustomer", "without", columns=["Email"], times=None)
    with pytest.raises(ConfigProblem, match="no longer shows Email") as fault:
        site.read()
    assert fault.value.code == "column_hidden"


def test_a_column_the_operator_may_not_see_is_not_an_empty_one(site: Environment) -> None:
    site.ping(read_through="enet")
    site.sandbox.mutate("hide_field", name="CustomerOnHold")
    with pytest.raises(ConfigProblem, match="no longer shows CustomerOnHold"):
        site.read(read_through="enet")
    assert site.sessions()["open"] == 0
    site.ping(read_through="enet")
    assert keys_of(site.read(read_through="enet")) == site.ids()


def test_a_column_that_is_dropped_is_told_to_a_person(site: Environment) -> None:
    site.ping()
    site.sandbox.mutate("drop_column", table="ArCustomer", column="Branch")
    with pytest.raises(ConfigProblem, match="Branch"):
        site.read()
    site.ping()
    assert keys_of(site.read()) == site.ids()


def test_custom_form_fields_come_along(site: Environment) -> None:
    extra = {"custom_table": "ArCustomer+", "custom_columns": ("Newsletter", "Segment")}
    checks = site.ping(**extra)
    assert "2 fields of ArCustomer+ are read" in checks["Custom form fields"].text
    rows: Any = site.sandbox.state("ArCustomer+")
    key = rows[0]["Customer"]
    assert site.record(key, **extra).extra["Newsletter"] == rows[0]["Newsletter"]
    stream = site.stream(**extra)
    read = {row.key: row.raw["custom"] for page in stream.pages(None, RUN_START) for row in page.rows}
    assert read[key]["Segment"] == rows[0]["Segment"]


@WAYS
@pytest.mark.parametrize(
    "how", ["no_name", "control_sign", "five_emails", "separators_only", "no_address", "shifted_address"]
)
def test_a_spoiled_customer_spoils_nobody_else(site: Environment, through: str, how: str) -> None:
    site.ping(read_through=through)
    key = next(one["Customer"] for one in site.customers() if one["email_state"] == "valid")
    site.sandbox.mutate("spoil_customer", customer=key, how=how)
    record = site.record(key, read_through=through)
    assert record.key == key
    assert "\x07" not in record.name
    if how == "five_emails":
        assert record.email == "box1@crowded.example"
    if how == "separators_only":
        assert record.email == ""


def test_a_customer_put_on_hold_shows_it_and_loses_it_again(site: Environment) -> None:
    site.ping(balances="off")
    good = {"CustomerOnHold": "N", "SalesAllowed": "Y", "email_state": "valid"}
    key = next(one["Customer"] for one in site.customers() if good.items() <= one.items())
    rules = {"balances": "off", "dormant_days": 0}
    assert site.record(key, **rules).standing == "active"
    site.sandbox.mutate("hold_customer", customer=key)
    assert site.record(key, **rules).standing == "on_hold"
    site.sandbox.mutate("hold_customer", customer=key, on=False)
    assert site.record(key, **rules).standing == "active"
