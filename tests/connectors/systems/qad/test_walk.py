"""Walking through browses: complete, resumable, and never taken in by an empty page."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import ConfigProblem, RetryLater
from connectors.systems.qad.client import QadClient
from connectors.systems.qad.walk import START, Spot, Stretch, Walk
from tests.connectors.systems.qad.tenant import BROWSES, Maker, Tenant

CUSTOMERS, KEY = "urn:browse:mfg:cm007", "cm_mstr.cm_addr"
LINES = "urn:browse:mfg:so011"


def walk(qad: Tenant, *, by_key: bool = True, **about: Any) -> Walk:
    client = QadClient(qad.account())
    known: dict[str, Any] = {"browse": CUSTOMERS, "key": KEY, "size": 25, "total": client.total(CUSTOMERS)}
    return Walk(client, by_key=by_key, **{**known, **about})


def keys(stretches: list[Stretch], key: str = KEY) -> list[str]:
    return [str(group[0][key]) for stretch in stretches for group in stretch.groups]


@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("customers", [1, 24, 25, 26, 50, 51, 130])
def test_every_row_is_met_once_whatever_the_number(tenants: Maker, customers: int, *, by_key: bool) -> None:
    qad = tenants(customers=customers)
    found = list(walk(qad, by_key=by_key).start(START))
    assert keys(found) == sorted(
        row["customerCode"] for row in qad.state("customers") if row["sharedSetCode"] == "NAM"
    )
    assert [stretch.last for stretch in found] == [False] * (len(found) - 1) + [True]
    assert found[-1].whole is by_key


@pytest.mark.parametrize("by_key", [True, False])
def test_a_walk_goes_on_from_every_spot_it_gave(tenants: Maker, *, by_key: bool) -> None:
    qad = tenants(customers=130)
    whole = list(walk(qad, by_key=by_key).start(START))
    for number, stretch in enumerate(whole[:-1]):
        spot = Spot.from_json(stretch.spot.to_json())
        rest = keys(list(walk(qad, by_key=by_key).start(spot)))
        assert keys(whole[: number + 1]) + rest == keys(whole) or set(keys(whole[number + 1 :])) <= set(rest)


def test_page_and_action_go_along_with_every_call(qad: Tenant) -> None:
    list(walk(qad).start(START))
    list(walk(qad, by_key=False).start(START))
    asked = qad.asked()
    assert asked
    assert all("page=" in query and "pageAction=first" in query and "pageSize=25" in query for query in asked)


def test_by_page_number_offset_and_count_go_along(qad: Tenant) -> None:
    list(walk(qad, by_key=False).start(START))
    assert [query.partition("&page=")[2].partition("&")[0] for query in qad.asked()] == ["1", "2", "3"]


def test_rows_that_vanish_meanwhile_hide_no_others_by_key(tenants: Maker) -> None:
    qad = tenants(customers=130)
    everybody = keys(list(walk(qad).start(START)))
    met: list[Stretch] = []
    for stretch in walk(qad).start(START):
        met.append(stretch)
        if len(met) == 2:
            for code in everybody[3:9]:
                qad.sandbox.mutate("delete_customer", code=code)
    assert set(everybody) - set(keys(met)) == set()


def test_by_page_number_a_walk_never_claims_to_have_met_everything(tenants: Maker) -> None:
    found = list(walk(tenants(customers=60), by_key=False).start(START))
    assert not found[-1].whole


@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("after", [0, 1])
def test_one_silently_empty_page_is_asked_for_again(tenants: Maker, after: int, *, by_key: bool) -> None:
    qad = tenants(customers=60)
    walking = walk(qad, by_key=by_key)
    qad.sandbox.faults.add(BROWSES, "empty_page", after=after)
    assert len(keys(list(walking.start(START)))) == 60


@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_empty_pages_are_never_the_end_while_rows_are_missing(
    tenants: Maker, after: int, *, by_key: bool
) -> None:
    qad = tenants(customers=130)
    walking = walk(qad, by_key=by_key)
    qad.sandbox.faults.add(BROWSES, "empty_page", after=after, times=None)
    with pytest.raises(RetryLater, match="took nothing for gone") as caught:
        list(walking.start(START))
    assert caught.value.code == "suspicious_empty"


def test_a_browse_that_is_known_to_be_empty_may_be(tenants: Maker) -> None:
    (only,) = walk(
        tenants(orders=0), browse="urn:browse:mfg:so803", key="so_mstr.so_nbr", total=0, expected=False
    ).start(START)
    assert (only.groups, only.last, only.whole) == ([], True, False)


@pytest.mark.parametrize("by_key", [True, False])
def test_a_page_that_is_cut_short_loses_nothing(tenants: Maker, *, by_key: bool) -> None:
    qad = tenants(customers=130, page_size_cap=10)
    assert len(keys(list(walk(qad, by_key=by_key).start(START)))) == 130


def test_the_same_page_again_and_again_is_not_read_for_ever(tenants: Maker) -> None:
    qad = tenants(customers=130)
    walking = walk(qad, by_key=False)
    qad.sandbox.faults.add(BROWSES, "repeat_page", times=None)
    with pytest.raises(ConfigProblem, match="keeps sending the same page"):
        list(walking.start(START))


@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("size", [25, 26, 27, 40])
def test_lines_of_one_order_stay_together_across_pages(tenants: Maker, size: int, *, by_key: bool) -> None:
    qad = tenants(orders=40)
    client = QadClient(qad.account())
    rows = client.browse(LINES, size=1000)
    found = list(Walk(client, LINES, "so_mstr.so_nbr", size, by_key=by_key, total=len(rows)).start(START))
    groups = [group for stretch in found for group in stretch.groups]
    numbers = [str(group[0]["so_mstr.so_nbr"]) for group in groups]
    assert len(set(numbers)) == len(numbers)
    assert sum(map(len, groups)) == len(rows)


@given(st.text(max_size=20), st.integers(1, 10**6), st.integers(0, 10**9), st.booleans())
def test_a_spot_survives_storage(after: str, page: int, seen: int, by_key: bool) -> None:  # noqa: FBT001
    spot = Spot(after, page, seen, by_key)
    assert Spot.from_json(spot.to_json()) == spot
