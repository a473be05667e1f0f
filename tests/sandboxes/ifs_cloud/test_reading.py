"""Reading: pages, links, order, selection, expansion, counts, clocks."""

from urllib.parse import quote

import pytest

from tests.sandboxes.ifs_cloud.caller import Caller, environment

CUSTOMERS = ("CustomerHandling", "CustomerInfoSet")
ORDERS = ("CustomerOrderHandling", "CustomerOrderSet")
LINES = ("CustomerOrderHandling", "CustomerOrderLineSet")


def keys(rows: list[dict[str, object]], name: str = "CustomerId") -> list[str]:
    return [str(row[name]) for row in rows]


def quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def test_paging_by_key_meets_every_customer_once(ifs: Caller) -> None:
    seen: list[str] = []
    while True:
        after = {"filter": f"CustomerId gt {quoted(seen[-1])}"} if seen else {}
        page = ifs.get(*CUSTOMERS, orderby="CustomerId", top=25, **after).rows
        seen += keys(page)
        if len(page) < 25:
            break
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen)


def test_awkward_keys_can_be_read_when_escaped_rightly() -> None:
    with environment(customers=1400) as ifs:
        awkward = [key for key in keys(ifs.get(*CUSTOMERS, top=2000).rows) if not key.isdigit()]
        assert len(awkward) == 14
        for key in awkward:
            path = ifs.path("CustomerHandling", f"CustomerInfoSet(CustomerId={quote(quoted(key), safe='')})")
            assert ifs.send("GET", path).json()["CustomerId"] == key


def test_without_top_the_page_is_clipped_in_silence(ifs: Caller) -> None:
    reply = ifs.get(*CUSTOMERS)
    assert (len(reply.rows), reply.link) == (50, "")


def test_without_orderby_the_rows_come_in_no_useful_order(ifs: Caller) -> None:
    found = keys(ifs.get(*CUSTOMERS, top=120).rows)
    assert found != sorted(found)
    assert found == keys(ifs.get(*CUSTOMERS, top=120).rows)


@pytest.mark.parametrize("form", ["absolute", "host", "service"])
def test_a_capped_page_has_a_link_in_each_form_and_the_links_meet_all_rows(form: str) -> None:
    with environment(page_cap=50, next_link_form=form) as ifs:
        reply = ifs.get(*CUSTOMERS, filter="CustomerId ge '1'", orderby="CustomerId", top=115)
        seen = keys(reply.rows)
        starts = {
            "absolute": f"{ifs.server.url}/main/",
            "host": "/main/ifsapp",
            "service": "CustomerInfoSet?",
        }
        while reply.link:
            assert reply.link.startswith(starts[form])
            assert "%20" in reply.link
            reply = ifs.send("GET", resolved(ifs, reply.link))
            seen += keys(reply.rows)
        assert len(seen) == len(set(seen)) == 115


def resolved(ifs: Caller, link: str) -> str:
    root = ifs.path("CustomerHandling")
    return link.removeprefix(ifs.server.url) if link.startswith(("http", "/")) else root + link


def test_a_link_may_come_with_the_default_page_and_with_top() -> None:
    with environment(next_links=frozenset({"cap", "default", "top"})) as ifs:
        reply = ifs.get(*CUSTOMERS, orderby="CustomerId")
        assert len(ifs.send("GET", resolved(ifs, reply.link)).rows) == 50
        reply = ifs.get(*CUSTOMERS, orderby="CustomerId", top=70)
        reply = ifs.send("GET", resolved(ifs, reply.link))
        assert (len(reply.rows), reply.link) == (50, "")


def test_a_damaged_skiptoken_is_refused(ifs: Caller) -> None:
    assert ifs.get(*CUSTOMERS, skiptoken="next%201").status == 400


def test_skip_and_count_agree_with_the_rows(ifs: Caller) -> None:
    reply = ifs.get(*CUSTOMERS, orderby="CustomerId", top=10, skip=115, count="true")
    assert (len(reply.rows), reply.json()["@odata.count"]) == (5, 120)
    swedish = ifs.send(
        "GET", ifs.path("CustomerHandling", "CustomerInfoSet/$count?$filter=Country%20eq%20'SE'")
    )
    assert int(swedish.body) == len(ifs.get(*CUSTOMERS, filter="Country eq 'SE'", top=200).rows)


def test_counting_can_be_refused_for_a_set() -> None:
    with environment(uncountable=frozenset({"CustomerInfoSet"})) as ifs:
        assert ifs.get(*CUSTOMERS, count="true").status == 400
        assert ifs.get("CustomerHandling", "CustomerInfoSet/$count").status == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("$foo=1", 400),
        ("$top=-1", 400),
        ("$top=1&$top=2", 400),
        ("$top=ten", 400),
        ("$count=yes", 400),
        ("$select=Name,Nothing", 400),
        ("$orderby=Nothing", 400),
        ("$orderby=tolower(Name)", 501),
        ("$search=x", 501),
        ("$expand=CommunicationMethods", 501),
        ("$expand=Nothing", 400),
        ("$filter=Name+eq+'x'", 400),
        ("select-fields=Name", 200),
        ("anything=1", 200),
    ],
)
def test_query_options_are_taken_literally(ifs: Caller, query: str, status: int) -> None:
    assert ifs.send("GET", ifs.path("CustomerHandling", f"CustomerInfoSet?{query}")).status == status


def test_a_selection_trims_the_row_but_keeps_its_system_members(ifs: Caller) -> None:
    row = ifs.get(*CUSTOMERS, select="CustomerId,Name", top=1).rows[0]
    assert set(row) == {"@odata.etag", "luname", "keyref", "Objgrants", "CustomerId", "Name"}
    assert (row["luname"], row["keyref"]) == ("CustomerInfo", f"CUSTOMER_ID={row['CustomerId']}^")


def test_order_can_be_by_any_attribute_either_way(ifs: Caller) -> None:
    rows = ifs.get(*ORDERS, orderby="CurrencyCode desc,OrderNo", top=100).rows
    found = [(str(row["CurrencyCode"]), str(row["OrderNo"])) for row in rows]
    assert found == sorted(sorted(found, key=lambda one: one[1]), key=lambda one: one[0], reverse=True)
    down = keys(ifs.get(*CUSTOMERS, orderby="CustomerId desc", top=120).rows)
    assert down == sorted(down, reverse=True)


def test_lines_are_reached_by_navigation_and_by_filter_but_not_by_expand(ifs: Caller) -> None:
    order = str(ifs.get(*ORDERS, top=1).rows[0]["OrderNo"])
    by_way = ifs.get(
        "CustomerOrderHandling", f"CustomerOrderSet(OrderNo='{order}')/OrderLinesArray", top=99
    ).rows
    by_filter = ifs.get(*LINES, filter=f"OrderNo eq '{order}'", top=99).rows
    assert sorted(keys(by_way, "LineNo")) == sorted(keys(by_filter, "LineNo"))
    assert ifs.get(*ORDERS, expand="OrderLinesArray").status == 501


def test_a_reference_can_be_expanded_with_a_selection_and_walked(ifs: Caller) -> None:
    row = ifs.get(*LINES, expand="CatalogNoRef($select=CatalogDesc)", top=1).rows[0]
    part = row["CatalogNoRef"]
    assert isinstance(part, dict)
    assert part["CatalogDesc"] == row["CatalogDesc"]
    assert "PartNo" not in part
    order = ifs.get(*ORDERS, filter="startswith(CustomerNo,'1')", top=1).rows[0]
    customer = ifs.get(
        "CustomerOrderHandling", f"CustomerOrderSet(OrderNo='{order['OrderNo']}')/CustomerNoRef"
    )
    assert customer.json()["CustomerId"] == order["CustomerNo"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("CustomerInfoSet(CustomerId='10001')", 200),
        ("CustomerInfoSet('10001')", 400),
        ("CustomerInfoSet(CustomerId=10001)", 400),
        ("CustomerInfoSet(Name='x')", 400),
        ("CustomerInfoSet(CustomerId='10001',CustomerId='10001')", 400),
        ("CustomerInfoSet(CustomerId='nobody')", 404),
        ("CustomerInfoSet(CustomerId='nobody')/CommunicationMethods", 404),
        ("CustomerInfoSet(CustomerId='10001')/Nothing", 404),
        ("CustomerInfoSet/CommunicationMethods", 400),
        ("CustomerInfoSet(CustomerId='10001')/CustomerInfoAddresses(CustomerId='10001',AddressId='01')", 200),
        ("CustomerInfoSet(CustomerId='10001')/CustomerInfoAddresses(CustomerId='10002',AddressId='01')", 404),
        ("CommunicationMethods(CommId=1,Identity='10001',PartyType=IfsApp.CustomerHandling.PartyType'Customer')",
         200),
        ("CommunicationMethods(CommId=1,Identity='10001',PartyType='Customer')", 400),
        ("CustomerInfoSet/IfsApp.CustomerHandling.CustomerInfo_Default()", 200),
        ("CustomerInfoSet/IfsApp.OtherHandling.CustomerInfo_Default()", 404),
        ("Nothing", 404),
    ],
)  # fmt: skip
def test_a_path_means_what_it_says(ifs: Caller, path: str, status: int) -> None:
    assert ifs.get("CustomerHandling", path).status == status


def test_everything_under_a_customer_can_be_read(ifs: Caller) -> None:
    customer = "CustomerInfoSet(CustomerId='10005')"
    for name in (
        "CommunicationMethods", "CustomerInfoAddresses", "CustomerInfoContacts", "CustOrdCustomers",
        "CustomerCreditInfoArray", "CustomerInfoAddresses(CustomerId='10005',AddressId='01')/AddressTypes",
    ):  # fmt: skip
        assert ifs.get("CustomerHandling", f"{customer}/{name}").rows, name
    assert ifs.get("CompanySiteHandling", "CompanySiteSet").rows
    assert ifs.get("SalesPartHandling", "SalesPartSet", filter="Contract eq 'S10'", top=5).rows


def test_the_wall_clock_of_the_server_is_shown_unless_true_utc_is_asked_for(ifs: Caller) -> None:
    order = str(ifs.get(*ORDERS, top=1, filter="startswith(OrderNo,'P')").rows[0]["OrderNo"])
    path = f"CustomerOrderSet(OrderNo='{order}')"
    wall = str(ifs.get("CustomerOrderHandling", path).json()["DateEntered"])
    ifs.headers["X-Ifs-Time-Zone-Aware-Request"] = "true"
    utc = str(ifs.get("CustomerOrderHandling", path).json()["DateEntered"])
    hours = (int(wall[11:13]) - int(utc[11:13])) % 24
    assert hours in {1, 2}  # Stockholm in winter and in summer
    assert wall.endswith("Z")
    found = ifs.get(*ORDERS, filter=f"DateEntered eq {utc} and OrderNo eq '{order}'", top=5).rows
    assert len(found) == 1
    del ifs.headers["X-Ifs-Time-Zone-Aware-Request"]
    assert ifs.get(*ORDERS, filter=f"DateEntered eq {utc} and OrderNo eq '{order}'", top=5).rows == []


def test_numbers_become_text_when_the_client_asks_for_exact_ones(ifs: Caller) -> None:
    assert isinstance(ifs.get(*LINES, top=1).rows[0]["BuyQtyDue"], int | float)
    ifs.headers["Accept"] = "application/json;odata.metadata=full;IEEE754Compatible=true"
    assert isinstance(ifs.get(*LINES, top=1).rows[0]["BuyQtyDue"], str)


def test_paging_on_a_change_attribute_walks_an_index_in_its_order() -> None:
    with environment(customers=6000, change_attribute="Cf_Changed_At", orders=0) as ifs:
        seen = swept_by_change(ifs)
        assert len(seen) == len(set(seen)) == 6000
        assert seen == sorted(seen)
        key = seen[7][1]
        ifs.sandbox.mutate("change_customer", customer_id=key, changes={"Name": "Moved"})
        ifs.sandbox.mutate("delete_customer", customer_id=seen[8][1])
        again = swept_by_change(ifs)
        assert len(again) == len(set(again)) == 5999
        assert again[-1][1] == key


def swept_by_change(ifs: Caller) -> list[tuple[str, str]]:
    seen: list[tuple[str, str]] = []
    while True:
        options = {"filter": _after(seen[-1])} if seen else {}
        page = ifs.get(*CUSTOMERS, orderby="Cf_Changed_At,CustomerId", top=2500, **options).rows
        seen += [(str(row["Cf_Changed_At"]), str(row["CustomerId"])) for row in page]
        if len(page) < 2500:
            return seen


def _after(last: tuple[str, str]) -> str:
    moment, key = last
    return f"Cf_Changed_At gt {moment} or (Cf_Changed_At eq {moment} and CustomerId gt {quoted(key)})"
