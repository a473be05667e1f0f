"""Business objects that write: customers by ARSSCS, orders by SORTOI. All answers are a 200."""

import pytest

from tests.sandboxes.syspro.caller import NO_PARAMETERS, Reply, Site, site

VALIDATE = NO_PARAMETERS.replace("<Parameters/>", "<Parameters><ValidateOnly>Y</ValidateOnly></Parameters>")
ALL_OR_NONE = NO_PARAMETERS.replace(
    "<Parameters/>", "<Parameters><ApplyIfEntireDocumentValid>Y</ApplyIfEntireDocumentValid></Parameters>"
)


@pytest.fixture
def syspro(syspro: Site) -> Site:
    syspro.logon()
    return syspro


def item(code: str, fields: str) -> str:
    return f"<Item><Key><Customer>{code}</Customer></Key>{fields}</Item>"


def result(reply: Reply) -> tuple[str, str, list[str]]:
    """Processed, invalid, what was wrong. ARSSCS answers in lower case."""
    assert reply.status == 200
    (processed,), (invalid,) = (
        reply.texts(f"statusofitems/{name}") for name in ("itemsprocessed", "itemsinvalid")
    )
    return processed, invalid, reply.texts("item/errordescription")


def test_a_customer_is_added_once(syspro: Site) -> None:
    new = item(
        "SHOP001", "<Name>Käse &amp; Söhne</Name><Email>a@shop.example</Email><TermsCode>30</TermsCode>"
    )
    assert result(syspro.setup("Add", new)) == ("1", "0", [])
    assert syspro.customer("SHOP001")["Name"] == "Käse & Söhne"
    processed, invalid, errors = result(syspro.setup("Add", new))
    assert (processed, invalid, len(errors)) == ("0", "1", 1)
    assert syspro.sandbox.journal.writes("customer")["SHOP001"].total == 1
    assert syspro.odata("ArCustomer", filter="Customer eq 'SHOP001'").rows[0]["CustomerOnHold"] == "N"


def test_an_update_changes_what_was_supplied_and_nothing_else(syspro: Site) -> None:
    before = syspro.customer("0000003")
    assert result(syspro.setup("Update", item("0000003", "<Email>new@x.example</Email>"))) == ("1", "0", [])
    after = syspro.customer("0000003")
    assert {name for name in after if after[name] != before[name]} == {"Email", "TimeStamp"}
    syspro.setup("Update", item("0000003", "<Email>new@x.example</Email>"))
    assert syspro.sandbox.journal.needless("customer").keys() == {"0000003"}


def test_an_update_of_nobody_is_an_error(syspro: Site) -> None:
    processed, invalid, errors = result(syspro.setup("Update", item("3", "<Email>x@x.example</Email>")))
    assert (processed, invalid, errors) == ("0", "1", ["Customer '3' not found"])


def test_what_is_only_validated_is_not_written(syspro: Site) -> None:
    before = syspro.customer("0000003")
    reply = syspro.setup("Update", item("0000003", "<Email>new@x.example</Email>"), VALIDATE)
    assert result(reply) == ("1", "0", [])
    assert syspro.customer("0000003") == before
    assert syspro.sandbox.journal.writes() == {}


def test_unknown_elements_are_dropped_without_a_word(syspro: Site) -> None:
    before = syspro.customer("0000003")
    assert result(syspro.setup("Update", item("0000003", "<EMail>x@x.example</EMail><Nme>x</Nme>"))) == (
        "1",
        "0",
        [],
    )
    after = syspro.customer("0000003")
    assert {name for name in after if after[name] != before[name]} == {"TimeStamp"}
    assert result(syspro.setup("Update", "<item><Key/></item>")) == ("0", "0", [])


@pytest.mark.parametrize(
    "fields",
    ["<Name>" + "x" * 51 + "</Name>", "<SoldPostalCode>12345678901</SoldPostalCode>",
     "<CreditLimit>much</CreditLimit>", "<TermsCode>99</TermsCode>",
     "<Branch>nowhere</Branch>", "<Email>" + "x" * 256 + "</Email>"],
)  # fmt: skip
def test_a_field_that_is_too_long_or_unknown_is_refused(syspro: Site, fields: str) -> None:
    processed, invalid, errors = result(syspro.setup("Update", item("0000003", fields)))
    assert (processed, invalid, len(errors)) == ("0", "1", 1)


def test_a_new_customer_needs_a_name_and_a_code_that_fits(syspro: Site) -> None:
    assert result(syspro.setup("Add", item("SHOP001", "")))[1] == "1"
    assert result(syspro.setup("Add", item("", "<Name>x</Name>")))[1] == "1"
    assert result(syspro.setup("Add", item("x" * 16, "<Name>x</Name>")))[1] == "1"


def test_one_bad_item_holds_back_the_others_only_if_asked_to(syspro: Site) -> None:
    items = item("0000003", "<Name>Good</Name>") + item("nobody", "<Name>Bad</Name>")
    assert result(syspro.setup("Update", items, ALL_OR_NONE))[:2] == ("0", "1")
    assert syspro.customer("0000003")["Name"] != "Good"
    assert result(syspro.setup("Update", items))[:2] == ("1", "1")
    assert syspro.customer("0000003")["Name"] == "Good"


def test_a_customer_with_orders_cannot_be_deleted(syspro: Site) -> None:
    buyer = str(syspro.odata("SorMaster", top=1).rows[0]["Customer"])
    assert result(syspro.setup("Delete", item(buyer, "")))[:2] == ("0", "1")
    syspro.setup("Add", item("SHOP001", "<Name>x</Name>"))
    assert result(syspro.setup("Delete", item("SHOP001", "")))[:2] == ("1", "0")
    assert "SHOP001" not in syspro.codes()


DECLARED = '<?xml version="1.0" encoding="{}"?><SetupArCustomer>{}</SetupArCustomer>'


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (DECLARED.format("Windows-1252", "{}").encode("cp1252"), "Jürgen"),
        (DECLARED.format("utf-8", "{}").encode(), "Jürgen"),
    ],
)
def test_a_document_is_read_as_it_says_it_is_encoded(syspro: Site, sent: bytes, kept: str) -> None:
    code = "cp1252" if b"1252" in sent else "utf-8"
    body = sent.replace(b"{}", item("0000003", f"<Contact>{kept}</Contact>").encode(code))
    send_update(syspro, body)
    assert syspro.customer("0000003")["Contact"] == kept


def send_update(syspro: Site, document: bytes) -> Reply:
    return syspro.enet(
        "Setup/Update",
        UserId=syspro.user_id,
        BusinessObject="ARSSCS",
        XmlParameters=NO_PARAMETERS,
        XmlIn=document,
    )


def test_utf_8_that_says_it_is_windows_1252_is_kept_as_mojibake(syspro: Site) -> None:
    body = DECLARED.format("Windows-1252", item("0000003", "<Contact>Jürgen</Contact>"))
    send_update(syspro, body.encode("utf-8"))
    assert syspro.customer("0000003")["Contact"] == "JÃ¼rgen"


def test_a_sign_windows_1252_has_not_becomes_a_question_mark(syspro: Site) -> None:
    body = DECLARED.format("utf-8", item("0000003", "<Contact>Łukasz 🚀</Contact>"))
    send_update(syspro, body.encode("utf-8"))
    assert syspro.customer("0000003")["Contact"] == "?ukasz ?"


def test_at_some_sites_the_url_is_utf_8_whatever_the_document_says() -> None:
    with site(xml_in="utf-8") as syspro:
        syspro.logon()
        body = DECLARED.format("Windows-1252", item("0000003", "<Contact>Jürgen</Contact>"))
        send_update(syspro, body.encode("utf-8"))
        assert syspro.customer("0000003")["Contact"] == "Jürgen"
        assert send_update(syspro, body.encode("cp1252")).text.startswith("ERROR:")


# Orders.


def post(syspro: Site, *, ignore: str = "N", validate: str = "N", **changes: str) -> Reply:
    said = {
        "CustomerPoNumber": "MLC-1", "Customer": "0000003", "OrderActionType": "A", "StockCode": "00001",
        "Warehouse": "FG", "OrderQty": "2", "Price": "9.95", "LineActionType": "A", **changes,
    }  # fmt: skip
    line = "".join(
        f"<{name}>{said.pop(name)}</{name}>"
        for name in ("LineActionType", "StockCode", "Warehouse", "OrderQty", "Price")
    )
    header = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    return syspro.enet(
        "Transaction/Post", UserId=syspro.user_id, BusinessObject="SORTOI",
        XmlParameters="<SalesOrders><Parameters><Process>Import</Process>"
        f"<IgnoreWarnings>{ignore}</IgnoreWarnings><ValidateOnly>{validate}</ValidateOnly></Parameters></SalesOrders>",
        XmlIn=f"<SalesOrders><Orders><OrderHeader>{header}</OrderHeader>"
        f"<OrderDetails><StockLine>{line}</StockLine></OrderDetails></Orders></SalesOrders>",
    )  # fmt: skip


def by_po(syspro: Site, number: str = "MLC-1") -> list[str]:
    where = (
        f"<Where><Expression><Column>CustomerPoNumber</Column><Condition>EQ</Condition><Value>{number}</Value>"
        "</Expression></Where>"
    )
    document = (
        "<Query><TableName>SorMaster</TableName><ReturnRows>50</ReturnRows>"
        f"<Columns><Column>SalesOrder</Column></Columns>{where}</Query>"
    )
    return syspro.query("COMFND", document).texts("Row/SalesOrder")


def test_a_clean_success_does_not_tell_the_orders_number_but_comfnd_finds_it(syspro: Site) -> None:
    reply = post(syspro)
    assert (reply.texts("StatusOfItems/ItemsProcessed"), reply.texts("Order/SalesOrder")) == (["1"], [])
    (number,) = by_po(syspro)
    lines = syspro.odata(
        "SorDetail", filter=f"SalesOrder eq '{number}'", select="MStockCode,MOrderQty,MPrice"
    ).rows
    assert lines == [{"MStockCode": "00001", "MOrderQty": 2, "MPrice": 9.95}]
    assert syspro.sandbox.journal.write_summary()["order"]["created"] == 1


def test_a_number_used_again_is_only_a_warning_and_makes_a_second_order(syspro: Site) -> None:
    post(syspro)
    refused = post(syspro)
    assert refused.texts("StatusOfItems/ItemsRejectedWithWarnings") == ["1"]
    assert len(by_po(syspro)) == 1
    warned = post(syspro, ignore="W")
    (number,) = warned.texts("Order/SalesOrder")
    assert number in by_po(syspro)
    assert post(syspro, ignore="Y").texts("Order/SalesOrder") == []
    assert len(by_po(syspro)) == 3


@pytest.mark.parametrize(("policy", "orders"), [("refuse", 1), ("allow", 2)])
def test_a_site_may_refuse_or_allow_a_number_used_again(policy: str, orders: int) -> None:
    with site(duplicate_po=policy) as syspro:
        syspro.logon()
        post(syspro)
        post(syspro, ignore="Y" if policy == "refuse" else "N")
        assert len(by_po(syspro)) == orders


@pytest.mark.parametrize(
    "changes",
    [{"Customer": "3"}, {"Customer": "0000007"}, {"StockCode": "x"}, {"OrderQty": "0"}, {"OrderQty": "two"},
     {"Price": "0"}, {"Price": "1.123456"}, {"CustomerPoNumber": "x" * 31}, {"Email": "x" * 81},
     {"ShipPostalCode": "x" * 16}, {"ShipAddress3": "x" * 41}, {"OrderActionType": "C"},
     {"OrderDate": "1.1.2026"}, {"Warehouse": "ZZ"}, {"LineActionType": ""}],
)  # fmt: skip
def test_a_bad_order_is_refused_with_an_empty_number_and_a_reason(
    syspro: Site, changes: dict[str, str]
) -> None:
    reply = post(syspro, **changes)
    assert (reply.status, reply.texts("Order/SalesOrder")) == (200, [""])
    assert len(reply.texts("Order/ErrorDescription")) == 1
    assert reply.texts("StatusOfItems/ItemsProcessed") == ["0"]
    assert by_po(syspro) == []


def test_an_order_that_is_only_validated_is_not_kept(syspro: Site) -> None:
    assert post(syspro, validate="Y").texts("StatusOfItems/ItemsProcessed") == ["1"]
    assert by_po(syspro) == []


def test_a_post_needs_its_parameters(syspro: Site) -> None:
    reply = syspro.enet(
        "Transaction/Post", UserId=syspro.user_id, BusinessObject="SORTOI", XmlIn="<SalesOrders/>"
    )
    assert reply.text.startswith("ERROR:")
