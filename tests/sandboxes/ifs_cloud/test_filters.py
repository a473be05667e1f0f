"""`$filter`: what is understood, what is refused, and that ranges find what a scan finds."""

from collections.abc import Iterator

import pytest

from tests.sandboxes.ifs_cloud.caller import Caller, environment

PROJECTION = "CustomerOrderHandling"
STATE = "IfsApp.CustomerOrderHandling.CustomerOrderState"


@pytest.fixture(scope="module")
def ifs() -> Iterator[Caller]:
    with environment(customers=300, orders=200) as caller:
        yield caller


def orders(ifs: Caller, text: str) -> list[dict[str, object]]:
    reply = ifs.get(PROJECTION, "CustomerOrderSet", filter=text, top=1000, orderby="OrderNo")
    assert reply.status == 200, reply.body
    return reply.rows


@pytest.fixture(scope="module")
def everything(ifs: Caller) -> list[dict[str, object]]:
    return orders(ifs, "OrderNo ne 'x'")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"Objstate eq {STATE}'Released'", lambda o: o["Objstate"] == "Released"),
        (f"not (Objstate eq {STATE}'Released')", lambda o: o["Objstate"] != "Released"),
        ("CurrencyCode eq 'EUR' or CurrencyCode eq 'JPY'", lambda o: o["CurrencyCode"] in {"EUR", "JPY"}),
        ("OrderNo ge 'P10000' and OrderNo lt 'P10100'", lambda o: "P10000" <= str(o["OrderNo"]) < "P10100"),
        ("OrderNo eq 'P9951' or OrderNo eq 'P9953'", lambda o: o["OrderNo"] in {"P9951", "P9953"}),
        ("OrderNo le 'P9960' and OrderNo ge 'P9955'", lambda o: "P9955" <= str(o["OrderNo"]) <= "P9960"),
        ("('P9960' lt OrderNo)", lambda o: str(o["OrderNo"]) > "P9960"),
        ("startswith(OrderNo,'P99')", lambda o: str(o["OrderNo"]).startswith("P99")),
        ("contains(CustomerPoNo,'1')", lambda o: "1" in str(o["CustomerPoNo"] or "")),
        ("endswith(tolower(OrderNo),'0')", lambda o: str(o["OrderNo"]).endswith("0")),
        ("CustomerPoNo eq null", lambda o: o["CustomerPoNo"] is None),
        ("CustomerPoNo ne null", lambda o: o["CustomerPoNo"] is not None),
        ("length(OrderNo) eq 5", lambda o: len(str(o["OrderNo"])) == 5),
        ("year(DateEntered) eq 2026 and month(DateEntered) ge 3",
         lambda o: str(o["DateEntered"])[:4] == "2026" and str(o["DateEntered"])[5:7] >= "03"),
        ("day(DateEntered) eq 15", lambda o: str(o["DateEntered"])[8:10] == "15"),
        ("date(DateEntered) ge 2026-01-01", lambda o: str(o["DateEntered"]) >= "2026"),
        ("DateEntered ge 2026-01-01T00:00:00Z", lambda o: str(o["DateEntered"]) >= "2026"),
        ("DateEntered gt now()", lambda o: False),
        ("UsePriceInclTax eq true", lambda o: o["UsePriceInclTax"]),
        ("UsePriceInclTax", lambda o: o["UsePriceInclTax"]),
        ("concat(CurrencyCode,Contract) eq 'EURS10'",
         lambda o: (o["CurrencyCode"], o["Contract"]) == ("EUR", "S10")),
        ("cast(UsePriceInclTax,Edm.String) eq 'true'", lambda o: o["UsePriceInclTax"]),
        ("substring(OrderNo,1,2) eq '99'", lambda o: str(o["OrderNo"])[1:3] == "99"),
        ("indexof(OrderNo,'9') eq 1 and trim(OrderNo) eq OrderNo", lambda o: str(o["OrderNo"])[1] == "9"),
        ("CustomerPoNo gt 'PO-2' and CustomerPoNo le 'PO-3'",
         lambda o: "PO-2" < str(o["CustomerPoNo"] or "") <= "PO-3"),
    ],
)  # fmt: skip
def test_a_filter_finds_just_what_it_says(
    ifs: Caller, everything: list[dict[str, object]], text: str, wanted: object
) -> None:
    assert callable(wanted)
    assert orders(ifs, text) == [order for order in everything if wanted(order)]


def test_numbers_are_compared_and_calculated_exactly(ifs: Caller) -> None:
    text = "BuyQtyDue mul 2 gt 20 and SaleUnitPrice div 2 sub 1 add 1 lt 1000.5 and LineItemNo eq 0"
    reply = ifs.get(PROJECTION, "CustomerOrderLineSet", filter=text, top=1000)
    rows = reply.rows
    assert rows
    assert all(float(str(row["BuyQtyDue"])) > 10 and float(str(row["SaleUnitPrice"])) < 2001 for row in rows)


def test_a_text_with_an_apostrophe_is_doubled(ifs: Caller) -> None:
    ifs.sandbox.mutate("change_customer", customer_id="10001", changes={"Name": "O'Hara's"})
    reply = ifs.get("CustomerHandling", "CustomerInfoSet", filter="Name eq 'O''Hara''s'")
    assert [row["CustomerId"] for row in reply.rows] == ["10001"]


def test_the_key_range_of_a_nested_keyset_is_exact(ifs: Caller) -> None:
    every = ifs.get(PROJECTION, "CustomerOrderLineSet", orderby="OrderNo,LineNo", top=1000).rows
    at = len(every) // 2
    order, line = every[at]["OrderNo"], every[at]["LineNo"]
    text = f"OrderNo gt '{order}' or (OrderNo eq '{order}' and LineNo gt '{line}')"
    found = ifs.get(PROJECTION, "CustomerOrderLineSet", filter=text, orderby="OrderNo,LineNo", top=1000).rows
    assert found == every[at + 1 :]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Objstate eq 'Released'", 400),
        ("Objstate eq IfsApp.CustomersHandling.CustomerOrderState'Released'", 400),
        (f"Objstate eq {STATE}'Unknown'", 400),
        (f"Objstate gt {STATE}'Planned'", 400),
        ("OrderNo eq 1", 400),
        ("DateEntered ge 2026-01-01", 400),
        ("DateEntered ge '2026-01-01T00:00:00Z'", 400),
        ("DateEntered ge 2026-01-01T00:00:00.000Z", 400),
        ("DateEntered ge 2026-01-01T00:00:00", 400),
        ("DateEntered ge 2026-02-30T00:00:00Z", 400),
        ("DateEntered ge datetime'2026-01-01T00:00:00'", 400),
        ("WantedDeliveryDate ge 2026-13-01", 400),
        ("Nothing eq 1", 400),
        ("OrderNo gt'1'", 400),
        ("OrderNo  gt", 400),
        ("OrderNo gt null", 400),
        ("OrderNo", 400),
        ("(OrderNo eq '1'", 400),
        ("OrderNo eq 'open", 400),
        ("not OrderNo eq '1'", 400),
        ("length(1) eq 1", 400),
        ("length(OrderNo,OrderNo) eq 1", 400),
        ("(" * 80 + "OrderNo eq '1'" + ")" * 80, 400),
        ("OrderNo in ('1','2')", 501),
        ("OrderNo has 'x'", 501),
        ("OrderLinesArray/any(l:l/LineNo eq '1')", 501),
        ("CustomerNoRef/Name eq 'x'", 501),
        ("round(1) eq 1", 501),
        ("length(OrderNo) mod 2 eq 0", 501),
        ("cast(OrderNo,Edm.Int64) eq 1", 501),
        ("isof(OrderNo,Edm.String)", 501),
    ],
)
def test_a_filter_the_provider_does_not_take_is_refused(ifs: Caller, text: str, status: int) -> None:
    assert ifs.get(PROJECTION, "CustomerOrderSet", filter=text).status == status


def test_some_environments_refuse_certain_attributes_and_functions() -> None:
    with environment(unfilterable=frozenset({"Objstate"}), refused_functions=frozenset({"contains"})) as ifs:
        refused = ifs.get(PROJECTION, "CustomerOrderSet", filter=f"Objstate eq {STATE}'Released'")
        assert refused.status == 400
        assert ifs.get(PROJECTION, "CustomerOrderSet", filter="contains(OrderNo,'1')").status == 400
        assert ifs.get(PROJECTION, "CustomerOrderSet", filter="startswith(OrderNo,'P')").status == 200


def test_a_supplier_of_the_same_identity_is_told_apart_by_its_party_type() -> None:
    with environment(customers=800, orders=0) as ifs:
        both = ifs.get("CustomerHandling", "CommunicationMethods", filter="Identity eq '10400'", top=9).rows
        text = "Identity eq '10400' and PartyType eq IfsApp.CustomerHandling.PartyType'Customer'"
        customers = ifs.get("CustomerHandling", "CommunicationMethods", filter=text, top=9).rows
        assert {row["PartyType"] for row in both} == {"Supplier"}  # this customer has no e-mail, nor a phone
        assert customers == []


def test_a_thousand_alternatives_are_one_filter(ifs: Caller) -> None:
    text = " or ".join(f"OrderNo eq 'P{number}'" for number in range(9000, 10000))
    assert [row["OrderNo"] for row in orders(ifs, text)] == [f"P{number}" for number in range(9951, 10000)]
