"""The dialect: what is quoted, chained and resolved comes out as it went in."""

from datetime import UTC, datetime
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.systems.ifs_cloud import odata
from connectors.systems.ifs_cloud.odata import Column, Query
from connectors.systems.ifs_cloud.values import moment, server_time

ROOT = "https://acme.ifs.cloud/main/ifsapplications/projection/v1/CustomersHandling.svc"
ASKED = f"{ROOT}/CustomerInfoSet?$top=5"


def unquoted(literal: str) -> str:
    """What a server reads: what is between the outer apostrophes, doubled ones single."""
    assert literal.startswith("'")
    assert literal.endswith("'")
    inner = literal[1:-1]
    assert "'" not in inner.replace("''", "")
    return inner.replace("''", "'")


@given(st.text())
def test_any_text_survives_quoting_and_the_way_through_a_url(text: str) -> None:
    sent = quote(odata.literal(text), safe="")
    assert "+" not in sent
    assert unquoted(unquote(sent)) == text


@given(st.text(min_size=1))
def test_any_key_survives_in_a_key_predicate(key: str) -> None:
    template, path = odata.by_key("CustomerHandling.svc/CustomerInfoSet", {"CustomerId": key})
    url = template.format(**{name: quote(value, safe="") for name, value in path.items()})
    inside = url.removeprefix("/CustomerHandling.svc/CustomerInfoSet(CustomerId=").removesuffix(")")
    assert unquoted(unquote(inside)) == key
    assert not set(inside) & set("/?#&+ ")


@pytest.mark.parametrize(
    ("value", "edm_type", "literal"),
    [
        ("O'Neill", "Edm.String", "'O''Neill'"),
        ("12.50", "Edm.Decimal", "12.50"),
        ("-3", "Edm.Int64", "-3"),
        ("true", "Edm.Boolean", "true"),
        ("2026-01-31", "Edm.Date", "2026-01-31"),
        ("2026-01-31T09:00:00Z", "Edm.Date", "2026-01-31"),
        ("2026-01-31T09:08:07Z", "Edm.DateTimeOffset", "2026-01-31T09:08:07Z"),
        ("2026-01-31T09:08:07.123456Z", "Edm.DateTimeOffset", "2026-01-31T09:08:07Z"),
        (
            "Released",
            "IfsApp.CustomerOrderHandling.CustomerOrderState",
            "IfsApp.CustomerOrderHandling.CustomerOrderState'Released'",
        ),
    ],
)
def test_literals_are_spelled_by_type(value: str, edm_type: str, literal: str) -> None:
    assert odata.literal(value, edm_type) == literal


def test_what_follows_a_row_is_asked_for_column_by_column() -> None:
    columns = [Column("Changed", "Edm.DateTimeOffset"), Column("CustomerId")]
    assert odata.beyond(columns[1:], ["A'1"]) == "CustomerId gt 'A''1'"
    assert (
        odata.beyond(columns, ["2026-01-31T09:08:07Z", "A1"])
        == "(Changed gt 2026-01-31T09:08:07Z or (Changed eq 2026-01-31T09:08:07Z and CustomerId gt 'A1'))"
    )


def test_conditions_combine_without_changing_their_meaning() -> None:
    assert odata.any_of("Contract", ["S1"]) == "Contract eq 'S1'"
    assert odata.any_of("Contract", ["S1", "S2"]) == "(Contract eq 'S1' or Contract eq 'S2')"
    assert odata.any_of("Contract", []) == ""
    assert odata.all_of("", "A eq 1", "", "(B eq 1 or C eq 2)") == "A eq 1 and (B eq 1 or C eq 2)"


@given(st.lists(st.text(min_size=1, max_size=255), max_size=120))
def test_chains_hold_every_value_once_and_fit_into_a_url(values: list[str]) -> None:
    chunks = list(odata.chunks("CustomerId", values))
    assert [value for chunk in chunks for value in chunk] == values
    for chunk in chunks:
        assert len(chunk) <= 50
        assert len(chunk) == 1 or len(quote(odata.any_of("CustomerId", chunk), safe="")) < 4100


def test_a_query_carries_only_what_is_set() -> None:
    assert Query(orderby="CustomerId", top=10).pairs() == [("$orderby", "CustomerId"), ("$top", "10")]
    assert Query("A eq 1", "A", 5, 10, count=True).pairs() == [
        ("$filter", "A eq 1"),
        ("$orderby", "A"),
        ("$top", "5"),
        ("$skip", "10"),
        ("$count", "true"),
    ]


def test_a_row_is_stripped_of_what_is_no_data() -> None:
    row = {
        "@odata.etag": 'W/"abc"',
        "CountryRef@odata.navigationLink": "x",
        "luname": "CustomerInfo",
        "keyref": "CUSTOMER_ID=1^",
        "Objgrants": None,
        "CustomerId": "1",
        "Cf_Loyalty": "gold",
    }
    assert odata.clean(row) == {"CustomerId": "1", "Cf_Loyalty": "gold"}
    assert odata.etag_of(row) == 'W/"abc"'
    assert odata.etag_of({"@odata.etag": None}) == ""


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (f"{ROOT}/S?$skiptoken=a%201", f"{ROOT}/S?$skiptoken=a%201"),
        ("/main/x?$skiptoken=next%201", "https://acme.ifs.cloud/main/x?$skiptoken=next%201"),
        ("CustomerInfoSet?$skiptoken=2", f"{ROOT}/CustomerInfoSet?$skiptoken=2"),
        ("?$skiptoken=3", f"{ROOT}/CustomerInfoSet?$skiptoken=3"),
        ("//evil.example/x", "https://evil.example/x"),
    ],
)
def test_next_links_of_every_form_become_whole_urls(link: str, url: str) -> None:
    assert odata.resolved(link, ROOT, ASKED) == url


STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-01-31T09:00:00Z", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-07-31T09:00:00Z", datetime(2026, 7, 31, 7, tzinfo=UTC)),
        ("2026-07-31T09:00:00", datetime(2026, 7, 31, 7, tzinfo=UTC)),
        ("2026-07-31T09:00:00+00:00", datetime(2026, 7, 31, 9, tzinfo=UTC)),
        ("2026-07-31", datetime(2026, 7, 30, 22, tzinfo=UTC)),
        ("yesterday", None),
        ("9999-99-99T00:00:00Z", None),
        ("", None),
        (None, None),
        (20260731, None),
    ],
)
def test_a_z_means_the_server_s_zone_and_an_offset_means_itself(written: object, instant: object) -> None:
    assert moment(written, STOCKHOLM) == instant


@given(st.integers(1_577_836_800, 2_051_222_400))
def test_a_time_sent_to_the_server_is_never_later_than_meant(seconds: int) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    read_back = moment(server_time(instant, STOCKHOLM, odata.TIMESTAMP) + "Z", STOCKHOLM)
    assert read_back is not None
    assert read_back <= instant
