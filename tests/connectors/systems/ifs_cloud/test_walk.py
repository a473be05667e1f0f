"""Walking through a set on servers that order, compare or clip in ways of their own."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import ConfigProblem
from connectors.sdk.system import Account
from connectors.systems.ifs_cloud.client import IfsClient
from connectors.systems.ifs_cloud.odata import Column
from connectors.systems.ifs_cloud.settings import IfsCloudCredentials, IfsCloudSettings
from connectors.systems.ifs_cloud.system import IfsCloud
from connectors.systems.ifs_cloud.walk import START, Spot, Walk, _taken
from sandboxes.kit import Request, Response, Sandbox, serve
from tests.connectors.systems.accounts import account
from tests.connectors.systems.ifs_cloud.environment import RUN_START

KEYS = sorted(f"{letter}{number:02d}" for letter in "aBcD" for number in range(30))


class OddServer(Sandbox):
    """One set of customers; `order` and `ignores` say what is odd about it."""

    def __init__(self, *, linguistic: bool = False, ignores: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._keys = sorted(KEYS, key=str.lower) if linguistic else KEYS
        self._ignores = ignores

    def handle(self, request: Request) -> Response:
        if request.path.endswith("/token"):
            return Response(200, {"access_token": "abc", "expires_in": 180})
        if request.path.endswith("/CommunicationMethods"):
            return Response(200, {"value": []})
        asked = {name: values[0] for name, values in request.query.items() if name not in self._ignores}
        keys = self._keys
        if found := re.fullmatch("CustomerId gt '(.*)'", asked.get("$filter", "")):
            keys = [key for key in keys if key > found[1]]
        skip, top = int(asked.get("$skip", 0)), int(asked["$top"])
        rows = [{"CustomerId": key} for key in keys[skip : skip + top]]
        return Response(200, {"value": rows, "@odata.count": len(keys)})


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test opened."""
    with ExitStack() as stack:
        yield stack


def account_at(stack: ExitStack, sandbox: Sandbox, **settings: Any) -> Account:
    server = stack.enter_context(serve(sandbox))
    chosen = IfsCloudSettings(base_url=server.url, realm="r", **settings)
    return account(chosen, IfsCloudCredentials(client_id="a", client_secret="b" * 8))


def walk(stack: ExitStack, sandbox: Sandbox, size: int = 25) -> Walk:
    return Walk(
        IfsClient(account_at(stack, sandbox)),
        "/CustomersHandling.svc/CustomerInfoSet",
        [Column("CustomerId")],
        size,
    )


def read(walk: Walk, spot: Spot = START) -> list[str]:
    return [row["CustomerId"] for stretch in walk.start(spot) for row in stretch.rows]


def test_by_key_where_the_server_orders_as_it_compares(stack: ExitStack) -> None:
    stretches = list(walk(stack, OddServer()).start(START))
    assert [row["CustomerId"] for one in stretches for row in one.rows] == KEYS
    assert not any(one.spot.by_position for one in stretches)


def test_by_position_where_it_orders_otherwise_than_it_compares(stack: ExitStack) -> None:
    stretches = list(walk(stack, OddServer(linguistic=True), size=40).start(START))
    assert sorted(row["CustomerId"] for one in stretches for row in one.rows) == KEYS
    assert stretches[-1].spot.by_position


def test_by_position_where_it_ignores_the_comparison(stack: ExitStack) -> None:
    stretches = list(walk(stack, OddServer(ignores=frozenset({"$filter"}))).start(START))
    assert [row["CustomerId"] for one in stretches for row in one.rows] == KEYS
    assert stretches[-1].spot.by_position


def test_an_order_of_a_language_is_noticed_by_what_is_missing_at_the_end(stack: ExitStack) -> None:
    """With pages of 30 each page is in order by itself, and by key nothing lies between `a29` and `c00`."""
    odd = OddServer(linguistic=True)
    flat = {"emails": {"flat": "CustomersHandling.svc/CommunicationMethods", "link": "Identity"}}
    at = replace(account_at(stack, odd, page_size=30), findings=flat)
    pages = list(IfsCloud(at).stream("customers").pages(None, RUN_START))
    assert {row.key for page in pages for row in page.rows} == set(KEYS)
    assert not pages[-1].sweep


@pytest.mark.parametrize("linguistic", [False, True])
def test_not_at_all_where_it_ignores_everything(stack: ExitStack, *, linguistic: bool) -> None:
    odd = OddServer(linguistic=linguistic, ignores=frozenset({"$filter", "$skip"}))
    with pytest.raises(ConfigProblem, match="the same page comes again and again"):
        read(walk(stack, odd, size=40))
    assert len(odd.journal.calls()) < 10


def test_any_stretch_is_a_place_to_resume_from(stack: ExitStack) -> None:
    for odd in (OddServer(), OddServer(ignores=frozenset({"$filter"}))):
        steps = walk(stack, odd)
        stretches = list(steps.start(START))
        for at, one in enumerate(stretches[:-1], start=1):
            rest = [row["CustomerId"] for later in stretches[at:] for row in later.rows]
            stored = Spot.from_json(one.spot.to_json())
            assert read(steps, stored) == rest


@given(st.lists(st.text("abcXYZ019'", min_size=1, max_size=4), unique=True), st.integers(1, 7))
def test_pages_of_ordered_keys_lead_through_all_of_them(keys: list[str], size: int) -> None:
    keys, spot, read = sorted(keys), START, []
    while True:
        rows = [{"K": key} for key in keys if not spot.after or key > spot.after[0]][:size]
        taken, spot = _taken(rows, [(row["K"],) for row in rows], spot)
        if not rows:
            break
        read += [row["K"] for row in taken]
        assert not spot.by_position
    assert read == keys
    assert all(a < b for a, b in pairwise(read))


def test_rows_without_a_key_are_passed_on_and_never_stood_on() -> None:
    rows: list[dict[str, object]] = [{"K": "a"}, {"K": None}, {"K": "b"}]
    taken, spot = _taken(rows, [("a",), (), ("b",)], START)
    assert taken == rows
    assert (spot.after, spot.seen) == (("b",), 3)
    taken, spot = _taken(rows[1:2], [()], spot)
    assert taken == rows[1:2]
    assert spot == Spot((), by_position=True, seen=4)
