"""Business objects that read: COMFND and its conditions, browse, fetch, and the queries by key."""

import pytest

from tests.sandboxes.syspro.caller import ENET, EXCEPTION, Reply, Site, site


@pytest.fixture
def syspro(syspro: Site) -> Site:
    syspro.logon()
    return syspro


def find(
    syspro: Site, where: str = "", *, columns: str = "Customer", rows: str = "1000",
    table: str = "ArCustomer", order: str = "Customer",
) -> Reply:  # fmt: skip
    wanted = "".join(f"<Column>{name}</Column>" for name in columns.split())
    limit = f"<ReturnRows>{rows}</ReturnRows>" if rows else ""
    ordered = f"<OrderBy><Column>{order}</Column></OrderBy>" if order else ""
    document = (
        f"<Query><TableName>{table}</TableName>{limit}<Columns>{wanted}</Columns>"
        f"{f'<Where>{where}</Where>' if where else ''}{ordered}</Query>"
    )
    return syspro.query("COMFND", document)


def expression(
    column: str, condition: str, value: str, *, joint: str = "", before: str = "(", after: str = ")"
) -> str:
    return (
        f"<Expression>{f'<AndOr>{joint}</AndOr>' if joint else ''}<OpenBracket>{before}</OpenBracket>"
        f"<Column>{column}</Column><Condition>{condition}</Condition><Value>{value}</Value>"
        f"<CloseBracket>{after}</CloseBracket></Expression>"
    )


def test_keyset_pages_of_comfnd_give_every_customer_once(syspro: Site) -> None:
    seen: list[str] = []
    while True:
        page = find(syspro, expression("Customer", "GT", seen[-1] if seen else ""), rows="33")
        seen += page.texts("Row/Customer")
        if int(page.texts("RowsReturned")[0]) < 33:
            break
    assert seen == syspro.codes()


def test_an_answer_has_its_header_the_asked_columns_and_the_count(syspro: Site) -> None:
    reply = find(
        syspro, expression("Customer", "EQ", "0000003"), columns="Customer DateCustAdded CreditLimit Email"
    )
    assert reply.texts("HeaderDetails/TableName") == ["ArCustomer"]
    (row,) = reply.xml.findall("Row")
    assert [one.tag for one in row] == ["Customer", "DateCustAdded", "CreditLimit", "Email"]
    assert len(row.findtext("DateCustAdded", "")) == 10
    assert row.findtext("CreditLimit") == "3000"


@pytest.mark.parametrize(
    ("condition", "value", "count"),
    [("EQ", "0000003", 1), ("NE", "0000003", 119), ("GT", "0000003", 117), ("GE", "0000003", 118),
     ("LT", "0000003", 2), ("LE", "0000003", 3), ("LIKE", "00000_3", 10), ("LIKE", "%NEIL%", 1)],
)  # fmt: skip
def test_the_conditions(syspro: Site, condition: str, value: str, count: int) -> None:
    assert find(syspro, expression("Customer", condition, value)).texts("RowsReturned") == [str(count)]


def test_expressions_are_joined_and_bracketed(syspro: Site) -> None:
    low = expression("Customer", "LT", "0000003", before="((")
    high = expression("Customer", "EQ", "0000009", joint="Or", after="))")
    held = expression("CustomerOnHold", "EQ", "N", joint="And")
    assert find(syspro, low + high + held).texts("Row/Customer") == ["0000001", "0000002", "0000009"]
    loose = expression("Customer", "EQ", "0000001") + expression("Customer", "EQ", "0000002", joint="Or")
    assert find(syspro, loose).texts("RowsReturned") == ["2"]


def test_dates_and_numbers_are_compared_as_such(syspro: Site) -> None:
    syspro.sandbox.mutate("add_customer", values={"DateCustAdded": "2026-11-02", "CreditLimit": 123456})
    assert find(syspro, expression("DateCustAdded", "GE", "2026-11-01")).texts("Row/Customer") == ["NEW0001"]
    assert find(syspro, expression("CreditLimit", "GT", "99999")).texts("Row/Customer") == ["NEW0001"]


@pytest.mark.parametrize(
    "where",
    [
        expression("LastModifiedDate", "GT", "2026-01-01"), expression("Customer", "SOUNDS", "x"),
        expression("CreditLimit", "GT", "much"), expression("DateCustAdded", "GT", "1.1.2026"),
        expression("TimeStamp", "GT", "AAAA"), expression("Customer", "EQ", "x", before="(("),
        expression("Customer", "EQ", "x") + expression("Customer", "EQ", "y"),
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_an_error_in_the_xml(syspro: Site, where: str) -> None:
    reply = find(syspro, where)
    assert (reply.status, reply.texts("Row"), len(reply.texts("ErrorDescription"))) == (200, [], 1)


def test_unknown_tables_and_columns_are_errors(syspro: Site) -> None:
    assert (
        "LastModifiedDate" in find(syspro, columns="Customer LastModifiedDate").texts("ErrorDescription")[0]
    )
    assert "CreatedDate" in find(syspro, order="CreatedDate").texts("ErrorDescription")[0]
    assert find(syspro, table="Nothing").texts("ErrorDescription")
    assert find(syspro, rows="all").texts("ErrorDescription")


def test_an_unknown_element_is_dropped_so_that_a_typo_looks_like_success(syspro: Site) -> None:
    document = (
        "<Query><TableName>ArCustomer</TableName><Columns><Column>Customer</Column></Columns>"
        "<Wear><Expression/></Wear><ReturnRow>500</ReturnRow></Query>"
    )
    reply = syspro.query("COMFND", document)
    assert (reply.texts("ErrorDescription"), reply.texts("RowsReturned")) == ([], ["10"])
    assert syspro.query("COMFND", document.replace("TableName", "tablename")).texts("ErrorDescription")


def test_without_an_order_the_rows_come_in_any(syspro: Site) -> None:
    first, second = (find(syspro, order="").texts("Row/Customer") for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second) == syspro.codes()


@pytest.mark.parametrize(
    "document", ["", "no xml", "<Query>", "<!DOCTYPE a []><Query/>", "<Query>&x;</Query>"]
)
def test_xml_that_cannot_be_read_is_an_exception(syspro: Site, document: str) -> None:
    assert syspro.query("COMFND", document).text == EXCEPTION


def test_a_blank_written_as_a_plus_breaks_the_xml(syspro: Site) -> None:
    query = f"UserId={syspro.user_id}&BusinessObject=COMFND&XmlIn=%3CQuery+a='1'/%3E"
    target = f"{ENET}/Query/Query?{query}"
    assert syspro.send("GET", target).text == EXCEPTION


def test_answers_are_in_windows_1252(syspro: Site) -> None:
    syspro.sandbox.mutate("change_customer", customer="0000003", changes={"Name": "Åström & Söhne €"})
    reply = find(syspro, expression("Customer", "EQ", "0000003"), columns="Name")
    assert reply.body.startswith(b'<?xml version="1.0" encoding="Windows-1252"?>')
    assert "Åström &amp; Söhne €".encode("cp1252") in reply.body


def test_a_business_object_may_answer_in_lower_case() -> None:
    with site(lower_case=frozenset({"COMFND"})) as syspro:
        syspro.logon()
        assert find(syspro, rows="2").texts("row/customer") == ["0000001", "0000002"]


def test_what_the_operator_may_not_see_is_left_out(syspro: Site) -> None:
    syspro.sandbox.mutate("hide_field", name="CreditLimit")
    reply = find(syspro, columns="Customer CreditLimit", rows="1")
    assert [one.tag for one in reply.xml.findall("Row/*")] == ["Customer"]
    syspro.sandbox.mutate("show_field", name="CreditLimit")
    assert len(find(syspro, columns="Customer CreditLimit", rows="1").xml.findall("Row/*")) == 2


def test_a_long_document_does_not_fit_into_a_url(syspro: Site) -> None:
    assert find(syspro, expression("Customer", "EQ", "x" * 8000)).status == 414


def test_a_browse_pages_by_its_keys(syspro: Site) -> None:
    def browse(start: str, condition: str = "GE") -> Reply:
        document = (
            f"<Query><BrowseName>ArCustomer</BrowseName><StartAtKey>{start}</StartAtKey>"
            f"<StartCondition>{condition}</StartCondition><ReturnRows>50</ReturnRows></Query>"
        )
        return syspro.enet("Query/Browse", UserId=syspro.user_id, XmlIn=document)

    page, seen = browse(""), list[str]()
    while True:
        seen += page.texts("Row/Customer/Value")
        if page.texts("NextPrevKey/Fwd") == ["false"]:
            break
        page = browse(page.texts("NextPrevKey/NextKey")[0])
    assert seen == syspro.codes()
    assert page.texts("NextPrevKey/Back") == ["true"]
    assert browse("0000001", "GT").texts("Row/Customer/Value")[0] == "0000002"
    unknown = syspro.enet(
        "Query/Browse", UserId=syspro.user_id, XmlIn="<Query><BrowseName>X</BrowseName></Query>"
    )
    assert unknown.texts("ErrorDescription")


def test_a_fetch_gives_one_row_by_its_whole_key(syspro: Site) -> None:
    def fetch(document: str) -> Reply:
        return syspro.enet("Query/Fetch", UserId=syspro.user_id, XmlIn=f"<Query>{document}</Query>")

    reply = fetch("<TableName>ArCustomer</TableName><Key>0000003</Key>")
    assert reply.texts("ArCustomer/Customer") == ["0000003"]
    address = fetch("<TableName>ArMultAddress</TableName><Key>0000012</Key><OptionalKey1>002</OptionalKey1>")
    assert address.texts("ArMultAddress/AddrCode") == ["002"]
    assert fetch("<TableName>ArMultAddress</TableName><Key>0000012</Key>").texts("ErrorDescription")
    assert fetch("<TableName>ArCustomer</TableName><Key>3</Key>").texts("ErrorDescription")


def test_customers_stock_and_orders_are_found_by_key(syspro: Site) -> None:
    customer = syspro.query("ARSQRY", "<Query><Key><Customer>0000003</Customer></Key></Query>")
    assert customer.texts(".//ArCustomer/Customer/TermsCode")
    assert syspro.query("ARSQRY", "<Query><Key><Customer>3</Customer></Key></Query>").texts(
        "ErrorDescription"
    )
    order = syspro.query("SORQRY", "<Query><Key><SalesOrder>000001</SalesOrder></Key></Query>")
    assert order.xml.tag == "SorDetail"
    assert order.texts("CustomerPoNumber") == ["PO-1"]
    assert syspro.query("SORQRY", "<Query><Key><SalesOrder>x</SalesOrder></Key></Query>").texts(
        "ErrorDescription"
    )


@pytest.mark.parametrize(("listed", "found"), [("FG", ["E", "FG", "N"]), ("FG,N", ["FG", "N"])])
def test_a_filter_on_one_warehouse_still_brings_them_all(syspro: Site, listed: str, found: list[str]) -> None:
    chosen = f'<Filter><Warehouse FilterType="L" FilterValue="{listed}"/></Filter>'
    stock = syspro.query("INVQRY", f"<Query><Key><StockCode>00001</StockCode></Key>{chosen}</Query>")
    assert stock.xml.tag == "InvQuery"
    assert stock.texts("WarehouseItem/Warehouse") == found
    assert len(stock.texts("WarehouseItem/AvailableQty")) == len(found)
