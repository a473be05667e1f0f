"""Reading CloudSuite Industrial behind the same streams."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.records import Standing
from connectors.sdk.errors import ConfigProblem, RetryLater
from tests.connectors.systems.infor.environment import RUN_START, Environment, Maker, keys_of, raw_of

LOADS = "*/load/SLCustomers"


def numbers(csi: Environment) -> list[str]:
    rows: Any = csi.sandbox.state("csi_customers")
    return [row["CustNum"].strip() for row in rows if row["CustSeq"] == "0"]


def test_every_customer_is_read_once_and_no_ship_to(csi: Environment) -> None:
    for size in (1, 7, 60, 200):
        pages = csi.read("customers", page_size=size)
        assert sorted(keys_of(pages)) == sorted(numbers(csi))
        assert len(keys_of(pages)) == 60
        assert pages[-1].done
        assert pages[-1].sweep


def test_keys_lose_their_padding_and_get_it_back(csi: Environment) -> None:
    read = raw_of(csi.read("customers"))
    page = csi.system().stream("customers").fetch(["4", "NOPE", "12"])
    assert {row.key: row.raw for row in page.rows} == {key: read[key] for key in ("4", "12")}
    assert page.missing == ["NOPE"]


@pytest.mark.parametrize("kind", ["empty", "short"])
def test_a_page_that_is_silently_cut_is_not_believed(csi: Environment, kind: str) -> None:
    csi.sandbox.faults.add(LOADS, kind, rows=3)
    assert sorted(keys_of(csi.read("customers", page_size=20))) == sorted(numbers(csi))


def test_a_site_without_customers_is_no_reason_to_take_everybody_for_gone(csi: Environment) -> None:
    csi.sandbox.faults.add(LOADS, "empty", times=None)
    (page,) = csi.read("customers")
    assert page.done
    assert not page.sweep


def test_only_what_changed_by_the_clock_of_the_server_is_read(csi: Environment) -> None:
    csi.ping()
    position = csi.read("customers")[-1].position
    csi.sandbox.mutate("change_csi", ido="SLCustomers", key=["      7", "0"], changes={"Name": "Renamed"})
    settings: dict[str, Any] = {"overlap_minutes": 5}
    found = keys_of(csi.read("customers", position, RUN_START + timedelta(hours=1), **settings))
    assert "7" in found
    assert len(found) < 5
    again = csi.read("customers", position, RUN_START + timedelta(hours=1), **settings)[-1].position
    assert again["since"] > position["since"]


def test_without_a_property_of_change_everything_is_read(csi: Environment) -> None:
    csi.ping(csi_change_property="")
    settings: dict[str, Any] = {"csi_change_property": ""}
    position = csi.read("customers", **settings)[-1].position
    assert len(keys_of(csi.read("customers", position, RUN_START + timedelta(hours=1), **settings))) == 60


def test_a_customer_of_industrial_is_the_same_kind_of_record(csi: Environment) -> None:
    stream = csi.system().stream("customers")
    record = stream.canonical(raw_of(csi.read("customers"))["4"])
    assert (record.kind, record.key, record.parent_key) == ("customer", "4", "1")
    assert (record.first_name, record.last_name) == ("İpek", "Doğan")
    assert record.email == "ipek.dogan.4@tundra-bikes.example"


def test_credit_hold_is_on_hold(csi: Environment) -> None:
    key = ["      5", "0"]
    csi.sandbox.mutate("change_csi", ido="SLCustomers", key=key, changes={"CreditHold": "1"})
    stream = csi.system().stream("customers")
    assert stream.canonical(raw_of(csi.read("customers"))["5"]).standing is Standing.ON_HOLD


def test_an_old_last_invoice_makes_dormant(csi: Environment) -> None:
    changes = {"LastInv": "20200101 00:00:00.000", "CreditHold": "0"}
    csi.sandbox.mutate("change_csi", ido="SLCustomers", key=["      5", "0"], changes=changes)
    stream = csi.system().stream("customers")
    assert stream.canonical(raw_of(csi.read("customers"))["5"]).standing is Standing.DORMANT
    never = csi.system(last_order="none").stream("customers")
    assert never.canonical(raw_of(csi.read("customers", last_order="none"))["5"]).standing is Standing.ACTIVE


def test_vendors_are_read_without_what_the_site_lacks(csi: Environment) -> None:
    with pytest.raises(ConfigProblem, match="Contact"):
        csi.read("suppliers")
    csi.ping()
    assert len(keys_of(csi.read("suppliers"))) == 12


def test_a_success_that_is_none_is_an_error(csi: Environment) -> None:
    csi.sandbox.faults.add(LOADS, "success_false", message="Timeout expired.")
    with pytest.raises(ConfigProblem, match="Timeout expired"):
        csi.read("customers")


def test_a_gateway_in_trouble_is_waited_for(csi: Environment) -> None:
    csi.sandbox.faults.add(LOADS, "status", status=503, times=None)
    with pytest.raises(RetryLater):
        csi.read("customers")


def test_both_products_share_one_log_in_per_tenant(environments: Maker) -> None:
    tenant = environments()
    tenant.read("customers", last_order="none")
    tenant.read("customers", product="csi")
    assert tenant.state()["tokens"]["issued"] == 1
