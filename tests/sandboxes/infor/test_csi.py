"""CloudSuite Industrial: the header, pages by bookmark, errors in a 200, and the lock in the item's id."""

from collections.abc import Iterator

import pytest

from tests.sandboxes.infor.caller import JSON, Caller, Reply, tenant, values

CUSTOMERS = "load/SLCustomers"


@pytest.fixture
def csi() -> Iterator[Caller]:
    with tenant(customers=260) as caller:
        yield caller


def items(reply: Reply) -> list[dict[str, str]]:
    body = reply.json()
    assert (reply.status, body["Success"], body["Message"]) == (200, True, None)
    found = body["Items"]
    assert isinstance(found, list)
    return found


def refused(reply: Reply) -> str:
    """The text of an error that comes with a 200."""
    body = reply.json()
    assert (reply.status, body["Success"]) == (200, False)
    return str(body["Message"])


def one(csi: Caller, number: str = "      1") -> dict[str, str]:
    query = f"CustNum = '{number}' AND CustSeq = 0"
    return items(csi.ido(CUSTOMERS, properties="CustNum,Name,RecordDate,ExternalEmailAddr", filter=query))[0]


def sale(**given: str | None) -> dict[str, object]:
    usual: dict[str, str | None] = {
        "CustNum": "      1", "InvNum": "MC-1001", "InvSeq": "0", "Type": "I",
        "InvDate": "20260701 00:00:00.000", "Amount": "125.50", "Ref": "Mailchimp",
    }  # fmt: skip
    return {"Action": 1, "ItemId": "", "Properties": values(**{**usual, **given}), "UpdateLocking": 1}


def test_the_configuration_must_be_named_in_a_header(csi: Caller) -> None:
    missing = csi.ido(CUSTOMERS, "", properties="CustNum")
    assert (missing.status, missing.body) == (400, b"The X-Infor-MongooseConfig header is required.")
    assert csi.ido(CUSTOMERS, "OTHER", properties="CustNum").status == 500
    with tenant(csi_site="DALS") as other:
        assert other.ido(CUSTOMERS, properties="CustNum").status == 400
        other.headers["X-Infor-Site"] = "DALS"
        assert other.ido(CUSTOMERS, properties="CustNum").status == 200


def test_a_token_is_needed_here_too(csi: Caller) -> None:
    csi.headers.clear()
    assert csi.ido(CUSTOMERS, properties="CustNum").status == 401


def test_minus_one_is_two_hundred_rows_and_zero_is_all(csi: Caller) -> None:
    default = csi.ido(CUSTOMERS, properties="CustNum", recordcap="-1")
    assert (len(items(default)), default.json()["MoreRowsExist"]) == (200, True)
    everything = csi.ido(CUSTOMERS, properties="CustNum", recordcap="0")
    assert (len(items(everything)), everything.json()["MoreRowsExist"]) == (260 + 52, False)
    assert len(items(csi.ido(CUSTOMERS, properties="CustNum"))) == 200
    assert "cap" in refused(csi.ido(CUSTOMERS, properties="CustNum", recordcap="many"))


def test_only_the_bookmark_leads_to_the_next_page(csi: Caller) -> None:
    found: list[tuple[str, str]] = []
    query = {"properties": "CustNum,CustSeq", "recordcap": "50", "loadtype": "FIRST", "bookmark": ""}
    while True:
        reply = csi.ido(CUSTOMERS, **query)
        found += [(item["CustNum"], item["CustSeq"]) for item in items(reply)]
        if not reply.json()["MoreRowsExist"]:
            break
        query |= {"loadtype": "NEXT", "bookmark": str(reply.json()["Bookmark"])}
    assert len(found) == len(set(found)) == 260 + 52
    assert found == sorted(found, key=lambda pair: (pair[0].rstrip(), float(pair[1])))
    assert refused(csi.ido(CUSTOMERS, properties="CustNum", loadtype="NEXT", bookmark="<B></B>"))
    other_order = {**query, "orderby": "Name"}
    assert "bookmark" in refused(csi.ido(CUSTOMERS, **other_order))


def test_pages_lead_backwards_too_and_orders_may_fall(csi: Caller) -> None:
    last = csi.ido(CUSTOMERS, properties="CustNum", recordcap="10", loadtype="LAST")
    before = csi.ido(
        CUSTOMERS,
        properties="CustNum",
        recordcap="10",
        loadtype="PREV",
        bookmark=str(last.json()["Bookmark"]),
    )
    assert [item["CustNum"] for item in items(before)][-1] <= items(last)[0]["CustNum"]
    dates = [
        item["RecordDate"]
        for item in items(
            csi.ido(CUSTOMERS, properties="RecordDate", orderby="RecordDate DESC", recordcap="20")
        )
    ]
    assert dates == sorted(dates, reverse=True)


def test_customer_numbers_are_padded_on_the_left_and_compare_with_their_blanks(csi: Caller) -> None:
    assert one(csi)["CustNum"] == "      1"
    assert items(csi.ido(CUSTOMERS, properties="CustNum", filter="CustNum = '1'")) == []
    assert len(items(csi.ido(CUSTOMERS, properties="CustNum", filter="CustNum = N'      5'"))) == 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("CustSeq = 0 AND Country = 'SE' OR CustSeq = 9", None),
        ("Name LIKE 'O''%' ", 0),
        ("ExternalEmailAddr IS NULL AND CustSeq = 0", 11),
        ("CreditHold = 1 and not (Stat = 'I')", 19),
        ("CustType IN ('RTL') AND CustSeq = '0'", 23),
        ("RecordDate >= '20260629' AND CustSeq = 0", 1),
    ],
)
def test_a_filter_is_a_fragment_of_sql(csi: Caller, text: str, count: int | None) -> None:
    found = items(csi.ido(CUSTOMERS, properties="CustNum", filter=text, recordcap="0"))
    if count is not None:
        assert len(found) == count
    else:
        assert 0 < len(found) < 260


@pytest.mark.parametrize(
    "text",
    ["Nope = 1", "CustNum = ", "CustNum = '1", "CustNum == '1'", "Name = O'Brien", "CustSeq = 'x'", "1=1"],
)
def test_a_filter_that_is_no_sql_is_an_error_in_a_200(csi: Caller, text: str) -> None:
    assert refused(csi.ido(CUSTOMERS, properties="CustNum", filter=text))


def test_unknown_idos_properties_methods_and_parameters_are_errors_in_a_200(csi: Caller) -> None:
    assert "SLNothing" in refused(csi.ido("load/SLNothing", properties="CustNum"))
    assert "Nope" in refused(csi.ido(CUSTOMERS, properties="CustNum,Nope"))
    assert refused(csi.ido(CUSTOMERS))
    assert refused(csi.ido(CUSTOMERS, properties="CustNum", clm="MyMethod"))
    assert refused(csi.ido(CUSTOMERS, properties="CustNum", maxrows="5"))
    assert csi.send("POST", f"/{csi.options.tenant}/CSI/IDORequestService/ido/{CUSTOMERS}", b"", {
        "X-Infor-MongooseConfig": csi.options.csi_config,
    }).status == 405  # fmt: skip


def test_the_properties_of_an_ido_can_be_asked_for(csi: Caller) -> None:
    properties = csi.ido("info/SLCustomers").json()["Properties"]
    assert isinstance(properties, list)
    told = {one["Name"]: one for one in properties}
    assert told["CustNum"] == {
        "Name": "CustNum", "DataType": "String", "Length": 7, "Required": True, "ReadOnly": False,
        "IsKey": True,
    }  # fmt: skip
    assert told["RecordDate"]["ReadOnly"] is True


def test_an_update_moves_the_date_and_the_old_item_id_is_stale(csi: Caller) -> None:
    held = one(csi)
    change = {
        "Action": 2,
        "ItemId": held["_ItemId"],
        "Properties": values(Uf_MarketingId="m1"),
        "UpdateLocking": 1,
    }
    answer = csi.change("SLCustomers", change).json()
    assert answer["Success"] is True
    assert isinstance(answer["RefreshItems"], list)
    fresh = answer["RefreshItems"][0]
    assert fresh["Uf_MarketingId"] == "m1"
    assert fresh["RecordDate"] > held["RecordDate"]
    assert "another user" in refused(csi.change("SLCustomers", change))
    again = {**change, "ItemId": fresh["_ItemId"]}
    assert csi.change("SLCustomers", again).json()["Success"] is True
    assert csi.sandbox.journal.needless("csi_customers").keys() == {"1/0"}


def test_somebody_elses_change_makes_an_item_id_stale(csi: Caller) -> None:
    held = one(csi)
    change = {"Action": 2, "ItemId": held["_ItemId"], "Properties": values(Name="New"), "UpdateLocking": 1}
    csi.sandbox.faults.add("*update*", "stale")
    assert "another user" in refused(csi.change("SLCustomers", change))
    read = one(csi)
    csi.sandbox.mutate("change_csi", ido="SLCustomers", key=["      1", "0"], changes={"Name": "Theirs"})
    assert "another user" in refused(csi.change("SLCustomers", {**change, "ItemId": read["_ItemId"]}))
    assert one(csi)["Name"] == "Theirs"


def test_without_an_item_id_the_key_finds_the_row_and_nothing_is_locked(csi: Caller) -> None:
    keyed = values(CustNum="      1", CustSeq="0", City="Umeå")
    assert (
        csi.change("SLCustomers", {"Action": 2, "ItemId": "", "Properties": keyed}).json()["Success"] is True
    )
    unpadded = values(CustNum="1", CustSeq="0", City="Umeå")
    assert "not found" in refused(
        csi.change("SLCustomers", {"Action": 2, "ItemId": "", "Properties": unpadded})
    )


def test_only_modified_properties_are_written(csi: Caller) -> None:
    held = one(csi)
    properties = [
        {"Name": "Name", "Value": "Ignored", "Modified": False, "IsNull": False},
        *values(City="Lund"),
    ]
    csi.change("SLCustomers", {"Action": 2, "ItemId": held["_ItemId"], "Properties": properties})
    assert one(csi)["Name"] == held["Name"]


@pytest.mark.parametrize(
    "given",
    [{"Nope": "x"}, {"RecordDate": "20260101"}, {"Name": "x" * 61}, {"CreditLimit": "1,5"}, {"Name": None},
     {"CustNum": "      2"}],
)  # fmt: skip
def test_a_value_that_does_not_fit_changes_nothing(csi: Caller, given: dict[str, str | None]) -> None:
    held = one(csi)
    assert refused(
        csi.change("SLCustomers", {"Action": 2, "ItemId": held["_ItemId"], "Properties": values(**given)})
    )
    assert one(csi) == held


def test_all_changes_of_an_update_are_done_or_none(csi: Caller) -> None:
    held = one(csi)
    good = {"Action": 2, "ItemId": held["_ItemId"], "Properties": values(City="Lund")}
    assert refused(csi.change("SLCustomers", good, {**good, "Properties": values(Nope="x")}))
    assert one(csi) == held
    assert csi.sandbox.journal.writes("csi_customers") == {}


@pytest.mark.parametrize(
    "change",
    [
        {"Action": 3},
        {"Action": "1"},
        {"Action": 2, "Properties": [{"Value": "x"}]},
        {"Action": 2, "Items": []},
    ],
)
def test_a_body_of_another_shape_is_a_400(csi: Caller, change: dict[str, object]) -> None:
    assert csi.change("SLCustomers", change).status == 400
    headers = {**JSON, "X-Infor-MongooseConfig": csi.options.csi_config}
    path = f"/{csi.options.tenant}/CSI/IDORequestService/ido/update/SLCustomers"
    assert csi.send("POST", path, b"{}", headers).status == 400


def test_an_ar_invoice_is_posted_for_a_customer_there_is_and_once(csi: Caller) -> None:
    assert csi.change("SLArInvs", sale()).json()["Success"] is True
    assert "exists" in refused(csi.change("SLArInvs", sale()))
    for wrong in (
        {"CustNum": "1"},
        {"CustNum": " 999999"},
        {"InvDate": None},
        {"Amount": "x"},
        {"InvNum": "x" * 13},
    ):
        assert refused(csi.change("SLArInvs", sale(**wrong)))
    found = items(csi.ido("load/SLArInvs", properties="CustNum,InvNum,Amount", filter="InvNum = 'MC-1001'"))
    assert [item["Amount"] for item in found] == ["125.50"]
    references = csi.sandbox.state("references")
    assert isinstance(references, dict)
    assert references["csi_ar_invoices"] == {"MC-1001": 1}


def test_an_ar_payment_is_kept_by_customer_and_check(csi: Caller) -> None:
    payment = values(CustNum="      1", Type="C", CheckNum="77", RecptDate="20260701", DomCheckAmt="10")
    assert csi.change("SLArpmts", {"Action": 1, "Properties": payment}).json()["Success"] is True
    assert "exists" in refused(csi.change("SLArpmts", {"Action": 1, "Properties": payment}))


def test_a_new_customer_without_a_number_gets_the_next_one(csi: Caller) -> None:
    answer = csi.change("SLCustomers", {"Action": 1, "Properties": values(Name="New Ltd")}).json()
    assert isinstance(answer["RefreshItems"], list)
    made = answer["RefreshItems"][0]
    assert (len(made["CustNum"]), made["CustSeq"]) == (7, "0")
    assert csi.change("SLCustomers", {"Action": 4, "ItemId": made["_ItemId"]}).json()["Success"] is True
    assert "deleted" in refused(csi.change("SLCustomers", {"Action": 4, "ItemId": made["_ItemId"]}))


def test_a_changed_row_has_one_place_in_every_order(csi: Caller) -> None:
    by_name = {"properties": "CustNum", "orderby": "Name", "recordcap": "0"}
    before = items(csi.ido(CUSTOMERS, **by_name))
    change = {"Action": 2, "ItemId": one(csi)["_ItemId"], "Properties": values(Name="000 first")}
    csi.change("SLCustomers", change)
    after = items(csi.ido(CUSTOMERS, **by_name))
    assert len(after) == len(before)
    assert after[0]["CustNum"] == "      1"


def test_vendors_are_another_collection(csi: Caller) -> None:
    found = items(csi.ido("load/SLVendors", properties="VendNum,Name", filter="VendNum = '     V3'"))
    assert len(found) == 1
