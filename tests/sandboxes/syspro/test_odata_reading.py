"""OData: pages, filters, orders, and what is refused in Microsoft's words."""

from base64 import urlsafe_b64decode

import pytest

from sandboxes.syspro.columns import AR_CUSTOMER
from tests.sandboxes.syspro.caller import ODATA, Site, basic, site


def test_a_row_has_exactly_the_columns_of_the_table_and_no_modified_date(syspro: Site) -> None:
    row = syspro.odata("ArCustomer", top=1).rows[0]
    assert list(row) == [word.partition(":")[0] for word in AR_CUSTOMER.split()]
    assert {"ExemptFinChg", "SoldToAddr3Loc", "CompanyTaxNumber", "QueryAllowed"} <= set(row)
    assert not {"ExclFinChg", "LastModifiedDate", "CreatedDate"} & set(row)


def test_leading_zeros_are_part_of_the_code(syspro: Site) -> None:
    assert syspro.odata("ArCustomer", filter="Customer eq '0000007'").column("Customer") == ["0000007"]
    assert syspro.odata("ArCustomer", filter="Customer eq '7'").rows == []


def test_keyset_pages_give_every_customer_once_in_order(syspro: Site) -> None:
    seen: list[str] = []
    while True:
        page = syspro.odata(
            "ArCustomer",
            select="Customer,Email",
            filter=f"Customer gt '{quoted(seen)}'",
            orderby="Customer",
            top=33,
        )
        if not page.rows:
            break
        assert list(page.rows[0]) == ["Customer", "Email"]
        seen += page.column("Customer")
    assert seen == syspro.codes()
    assert seen[-1] == "O'NEIL000"


def quoted(seen: list[str]) -> str:
    return seen[-1].replace("'", "''") if seen else ""


def test_a_code_with_an_apostrophe_has_to_be_doubled(syspro: Site) -> None:
    assert syspro.odata("ArCustomer", filter="Customer eq 'O''NEIL000'").column("Customer") == ["O'NEIL000"]
    assert syspro.odata("ArCustomer", filter="Customer eq 'O'NEIL000'").status == 400


def test_no_answer_has_more_rows_than_the_cap_whatever_top_says() -> None:
    with site(row_cap=50) as syspro:
        assert len(syspro.odata("ArCustomer").rows) == 50
        reply = syspro.odata("ArCustomer", top=119)
        assert len(reply.rows) == 50
        assert "@odata.nextLink" not in reply.json()


def test_the_cap_is_5000_by_default() -> None:
    with site(customers=5001, orders=0) as syspro:
        assert len(syspro.odata("ArCustomer", select="Customer", top=6000).rows) == 5000
        assert len(syspro.odata("ArCustomer", select="Customer", skip=5000, orderby="Customer").rows) == 1


def test_a_top_above_the_cap_can_be_an_error() -> None:
    with site(row_cap=50, over_cap="refuse") as syspro:
        reply = syspro.odata("ArCustomer", top=51)
        assert reply.status == 400
        assert "limit of '50' for Top query has been exceeded" in reply.message
        assert len(syspro.odata("ArCustomer", top=50).rows) == 50


def test_where_next_links_are_on_they_lead_to_the_end_and_only_the_cap_makes_one() -> None:
    with site(row_cap=50, next_links=True) as syspro:
        assert "@odata.nextLink" not in syspro.odata("ArCustomer", top=10, orderby="Customer").json()
        reply, seen = syspro.odata("ArCustomer", orderby="Customer", select="Customer", top=115), list[str]()
        while True:
            seen += reply.column("Customer")
            link = str(reply.json().get("@odata.nextLink", ""))
            if not link:
                break
            assert link.startswith("http://127.0.0.1:")
            reply = syspro.send("GET", link[link.index("/SYSPRO8Odata") :], basic())
        assert seen == syspro.codes()[:115]


def test_without_an_order_pages_by_skip_overlap_and_miss_rows(syspro: Site) -> None:
    seen = [
        code
        for skip in range(0, 120, 30)
        for code in syspro.odata("ArCustomer", top=30, skip=skip).column("Customer")
    ]
    assert len(seen) == 120
    assert len(set(seen)) < 120


def test_rows_that_are_equal_in_the_order_come_in_any(syspro: Site) -> None:
    first, second = (syspro.odata("ArCustomer", orderby="Branch").column("Customer") for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)
    branches = syspro.odata("ArCustomer", orderby="Branch desc").column("Branch")
    assert branches == sorted(branches, reverse=True)


def test_skip_by_a_full_order_is_exact(syspro: Site) -> None:
    assert syspro.odata("ArCustomer", orderby="Customer desc", skip=2, top=3).column("Customer") == list(
        reversed(syspro.codes())
    )[2:5]  # fmt: skip


@pytest.mark.parametrize(
    "option", [{"filter": "LastModifiedDate gt 2026-01-01T00:00:00Z"}, {"orderby": "LastModifiedDate"},
               {"select": "LastModifiedDate"}, {"filter": "customer eq 'x'"}],
)  # fmt: skip
def test_an_unknown_property_is_400_and_named(syspro: Site, option: dict[str, str]) -> None:
    reply = syspro.odata("ArCustomer", **option)
    assert reply.status == 400
    assert reply.message.startswith("Could not find a property named '")
    assert reply.message.endswith(".ArCustomer'.")


def test_some_sites_ignore_a_filter_on_an_unknown_property() -> None:
    with site(unknown_column="ignore") as syspro:
        reply = syspro.odata(
            "ArCustomer", filter="LastModifiedDate gt 2099-01-01T00:00:00Z and Branch eq '10'"
        )
        assert len(reply.rows) == 120
        assert syspro.odata("ArCustomer", orderby="LastModifiedDate").status == 400


@pytest.mark.parametrize(
    "text",
    [
        "Customer gt 400", "CreditLimit gt '400'", "DateCustAdded ge '2026-01-01'",
        "DateCustAdded ge 2026-01-01", "TimeStamp gt 'AAAA'", "Customer eq true",
    ],
)  # fmt: skip
def test_values_of_another_type_are_incompatible(syspro: Site, text: str) -> None:
    reply = syspro.odata("ArCustomer", filter=text)
    assert reply.status == 400
    assert "incompatible types" in reply.message


def test_the_rowversion_cannot_be_compared_and_is_eight_bytes_in_base64(syspro: Site) -> None:
    shown = syspro.odata("ArCustomer('0000003')").json()["TimeStamp"]
    assert urlsafe_b64decode(str(shown)) == int(str(syspro.customer("0000003")["TimeStamp"])).to_bytes(
        8, "big"
    )
    assert syspro.odata("ArCustomer", filter="TimeStamp gt TimeStamp").status == 400


@pytest.mark.parametrize(
    "text",
    [
        "Customer gt", "Customer", "Customer  'x'", "(Customer eq 'x'", "Customer eq 'x' and",
        "Customer eq \"x\"", "", "not Customer", "Customer+gt+'1'",
        "foo(Customer) eq 'x'", "startswith(Customer)", "DateCustAdded ge 2026-13-01T00:00:00Z",
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_400(syspro: Site, text: str) -> None:
    assert syspro.odata("ArCustomer", filter=text).status == 400


def test_a_plus_is_no_blank(syspro: Site) -> None:
    target = f"{ODATA}/EDU1/ArCustomer?$filter=Customer+eq+'0000007'"
    assert syspro.send("GET", target, basic()).status == 400


def test_filters_are_carried_out(syspro: Site) -> None:
    def codes(text: str) -> list[str]:
        return sorted(syspro.odata("ArCustomer", filter=text, select="Customer").column("Customer"))

    first = ["0000001", "0000002", "0000003"]
    assert codes("Customer ge '0000001' and Customer lt '0000004'") == first
    assert codes("'0000004' gt Customer") == first
    assert codes("Customer eq '0000001' or (Customer gt '0000001' and not (Customer ge '0000004'))") == first
    assert codes("startswith(Customer,'NEIL')") == []
    assert codes("contains(Customer,'NEIL') and endswith(tolower(Customer),'000')") == ["O'NEIL000"]
    assert codes("CustomerOnHold eq 'Y' and Customer le '0000030'") == ["0000007", "0000030"]
    assert codes("length(Customer) gt 8") == ["O'NEIL000"]
    assert codes("Email eq null") == ["0000072"]


def test_new_customers_are_found_by_the_date_they_were_added(syspro: Site) -> None:
    syspro.sandbox.mutate("add_customer", values={"DateCustAdded": "2026-11-02"})
    syspro.sandbox.mutate("add_customer", values={"DateCustAdded": "2020-01-01"})
    found = syspro.odata(
        "ArCustomer", filter="DateCustAdded ge 2026-11-01T00:00:00Z", select="Customer,DateCustAdded"
    )
    assert found.rows == [{"Customer": "NEW0001", "DateCustAdded": "2026-11-02T00:00:00Z"}]
    early = syspro.odata("ArCustomer", filter="year(DateCustAdded) eq 2020")
    assert early.column("Customer") == ["NEW0002"]


def test_dates_can_be_plain_dates_at_a_site() -> None:
    with site(date_kind="date") as syspro:
        assert syspro.odata("ArCustomer", filter="DateCustAdded ge 2020-01-01", top=1).status == 200
        assert syspro.odata("ArCustomer", filter="DateCustAdded ge 2020-01-01T00:00:00Z").status == 400
        assert len(syspro.odata("ArCustomer", top=1).column("DateCustAdded")[0]) == 10


@pytest.mark.parametrize(
    "option", [{"count": "true"}, {"expand": "Orders"}, {"search": "x"}, {"skiptoken": "x"},
               {"nonsense": "1"}, {"top": "-1"}, {"top": "many"}, {"skip": "1.5"}],
)  # fmt: skip
def test_an_option_the_service_has_not_or_cannot_read_is_400(syspro: Site, option: dict[str, str]) -> None:
    assert syspro.odata("ArCustomer", **option).status == 400


def test_an_option_given_twice_is_400(syspro: Site) -> None:
    assert syspro.send("GET", f"{ODATA}/EDU1/ArCustomer?$top=1&$top=2", basic()).status == 400


def test_one_row_by_its_key(syspro: Site) -> None:
    assert syspro.odata("ArCustomer('0000003')").json()["Customer"] == "0000003"
    assert syspro.odata("ArCustomer('none')").status == 404
    assert syspro.odata("ArCustomer(3)").status == 400
    assert syspro.odata("ArMultAddress(Customer='0000012',AddrCode='001')").json()["AddrCode"] == "001"
    assert syspro.odata("ArMultAddress('0000012')").status == 400


def test_the_tables_around_a_customer_are_there(syspro: Site) -> None:
    only = {"filter": "Customer eq '0000005'"}
    assert [row["DocumentType"] for row in syspro.odata("ArInvoice", orderby="Invoice", **only).rows] == [
        "I",
        "I",
    ]
    balance = syspro.odata("ArCustomerBal", **only).rows[0]["CurrentBalance1"]
    assert balance == sum(row["InvoiceBal1"] for row in syspro.odata("ArInvoice", **only).rows)  # type: ignore[misc]
    assert set(syspro.odata("ArCustomer+", **only).rows[0]) == {
        "Customer",
        "Newsletter",
        "Segment",
        "TimeStamp",
    }
    assert len(syspro.odata("SorMaster").rows) == 20
    assert syspro.odata("SorDetail", top=1).rows[0]["MStockCode"]
    assert len(syspro.odata("InvMaster").rows) == 120


def test_a_url_that_is_too_long_is_414_or_404() -> None:
    long = "or ".join(f"Customer eq '{number:07d}' " for number in range(400))
    with site() as syspro:
        assert syspro.odata("ArCustomer", filter=long).status == 414
    with site(long_url_status=404, max_url=100) as syspro:
        assert (
            syspro.odata("ArCustomer", filter="Customer gt '0000001' and Customer lt '0000009'").status == 404
        )
        assert syspro.odata("ArCustomer").status == 200


def test_a_dropped_column_is_unknown_everywhere(syspro: Site) -> None:
    syspro.sandbox.mutate("drop_column", table="ArCustomer", column="Email")
    assert "Email" not in syspro.odata("ArCustomer", top=1).rows[0]
    assert syspro.odata("ArCustomer", select="Customer,Email").status == 400
    assert 'Name="Email" Type="Edm.String" MaxLength="255"' not in syspro.odata("$metadata").text
