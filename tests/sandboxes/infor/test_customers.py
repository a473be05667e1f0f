"""CRS610MI and its neighbours: what lists tell and hide, what changes move, what a new customer needs."""

from datetime import UTC, datetime

from sandboxes.kit import Clock
from tests.sandboxes.infor.caller import Caller, tenant


def numbers(records: list[dict[str, str]]) -> list[str]:
    return [record["CUNO"] for record in records]


def test_the_list_has_79_columns_and_not_the_one_that_says_when(infor: Caller) -> None:
    record = infor.mi("CRS610MI", "LstByNumber", ";maxrecs=1").record
    assert len(record) == 79
    assert not {"LMDT", "RGDT", "BLCD", "LMTS"} & record.keys()
    assert {"VRNO", "CRLM", "CRL2", "CRL3", "ODUD", "PYNO", "STAT", "MAIL", "CFC0"} <= record.keys()


def test_basic_data_tell_when_but_neither_tax_number_nor_credit(infor: Caller) -> None:
    record = infor.mi("CRS610MI", "GetBasicData", CUNO="10001").record
    assert len(record) == 50
    assert {"LMDT", "RGDT", "TXID", "TOWN", "MAIL"} <= record.keys()
    assert not {"VRNO", "CRLM", "BLCD"} & record.keys()


def test_a_list_starts_with_the_key_it_is_given_and_that_is_all_the_paging_there_is(infor: Caller) -> None:
    everything = numbers(infor.mi("CRS610MI", "LstByNumber", ";maxrecs=0;returncols=CUNO").records)
    found: list[str] = []
    start = ""
    while True:
        page = numbers(infor.mi("CRS610MI", "LstByNumber", ";maxrecs=40;returncols=CUNO", CUNO=start).records)
        assert not found or page[0] == found[-1]  # the last one of the page before comes again
        found += page if not found else page[1:]
        if len(page) < 40:
            break
        start = page[-1]
    assert found == everything == sorted(everything)


def test_keys_sort_as_text_and_some_need_escaping(infor: Caller) -> None:
    everything = numbers(infor.mi("CRS610MI", "LstByNumber", ";maxrecs=0;returncols=CUNO").records)
    assert everything[-1] == "A&B10097"
    assert infor.mi("CRS610MI", "GetBasicData", CUNO="A&B10097").record["CUNO"] == "A&B10097"
    assert infor.mi("CRS610MI", "LstByNumber", CUNO="A&B10097", returncols="CUNO").records == [
        {"CUNO": "A&B10097"}
    ]


def test_lists_by_name_and_search_key_start_where_they_are_told(infor: Caller) -> None:
    names = [record["CUNM"] for record in infor.mi("CRS610MI", "LstByName", ";maxrecs=5", CUNM="M").records]
    assert names == sorted(names)
    assert names[0] >= "M"
    first = infor.mi("CRS610MI", "LstBySearchKey", ";maxrecs=1", ALCU="K00000042").record
    assert first["CUNO"] == "10042"


def test_the_market_list_takes_a_range(infor: Caller) -> None:
    reply = infor.mi("CRS610MI", "LstByMarketDim", FRCO="10010", TOCO="10019")
    assert numbers(reply.records) == [str(number) for number in range(10010, 10020)]
    assert len(reply.record) == 29


def test_lmts_lists_what_changed_after_it() -> None:
    with tenant(Clock(datetime(2026, 9, 1, 12, 0, tzinfo=UTC))) as infor:
        mark = int(infor.sandbox.clock.timestamp() * 1000)
        infor.sandbox.clock.advance(1)
        infor.mi("CRS610MI", "ChgBasicData", CUNO="10007", TOWN="Elsewhere")
        changed = infor.mi("CRS610MI", "LstByNumber", ";maxrecs=0", LMTS=str(mark))
        assert numbers(changed.records) == ["10007"]
        assert infor.mi("CRS610MI", "LstByNumber", LMTS=str(mark + 1000)).records == []  # not itself
        assert infor.mi("CRS610MI", "LstByNumber", LMTS="yesterday").nok[1] == "LMTS"


def test_lmts_may_count_seconds_include_its_moment_or_do_nothing() -> None:
    at = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
    stamp = str(int(at.timestamp()))
    with tenant(Clock(at), lmts_unit="s", lmts_inclusive=True) as infor:
        infor.sandbox.mutate("touch_customers", customers=["10003"])
        assert numbers(infor.mi("CRS610MI", "LstByNumber", LMTS=stamp).records) == ["10003"]
    with tenant(lmts="ignored") as infor:
        assert len(infor.mi("CRS610MI", "LstByNumber", ";maxrecs=0", LMTS=stamp + "999").records) == 150


def test_a_change_without_a_new_value_still_stamps_the_record(infor: Caller) -> None:
    mark = str(int(infor.sandbox.clock.timestamp() * 1000) - 1)
    infor.sandbox.clock.advance(1)
    town = str(infor.customer("10002")["TOWN"])
    infor.mi("CRS610MI", "ChgBasicData", CUNO="10002", TOWN=town)
    assert numbers(infor.mi("CRS610MI", "LstByNumber", LMTS=mark).records) == ["10002"]
    assert infor.sandbox.journal.needless("customers").keys() == {"10002"}
    assert infor.mi("CRS610MI", "GetBasicData", CUNO="10002").record["LMDT"] == infor.sandbox.m3.day()


def test_user_fields_addresses_texts_and_credit_figures_stamp_nothing(infor: Caller) -> None:
    mark = str(int(infor.sandbox.clock.timestamp() * 1000) - 1)
    infor.mi("CUGEX1MI", "AddFieldValue", FILE="OCUSMA", PK01="10001", A030="x")
    address = {"ADRT": "1", "ADID": "NEW", "CUA1": "x", "PONO": "1", "CSCD": "SE", "TOWN": "y"}
    assert infor.mi("CRS610MI", "AddAddress", CUNO="10001", **address).record == {"ADRT": "1", "ADID": "NEW"}
    infor.mi("CRS610MI", "AddText", CUNO="10001", PARM="Mail delivered")
    infor.sandbox.mutate("add_invoice", customer="10001", amount="100.00", days_overdue=40)
    assert infor.mi("CRS610MI", "LstByNumber", LMTS=mark).records == []
    assert infor.customer("10001")["texts"] == ["Mail delivered"]
    assert infor.mi("CRS610MI", "GetBasicData", CUNO="10001").record["TXID"] != "0"


def test_a_blank_value_changes_nothing_and_the_clear_marker_does(infor: Caller) -> None:
    infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CFC1="KEEP", CUA2="Old")
    infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CFC1="", CUA2="?")
    held = infor.customer("10001")
    assert (held["CFC1"], held["CUA2"]) == ("KEEP", "")
    with tenant(clear_marker="") as other:
        other.mi("CRS610MI", "ChgBasicData", CUNO="10001", CUA2="?")
        assert other.customer("10001")["CUA2"] == "?"


def test_free_fields_have_types_of_their_own(infor: Caller) -> None:
    assert infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CFC2="member").nok[1] == "CFC2"
    infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CFC1="abc", CFC2="12.5", CFC0="Y")
    record = infor.mi("CRS610MI", "LstByNumber", ";maxrecs=1", CUNO="10001").record
    assert (record["CFC1"], record["CFC2"], record["CFC0"]) == ("abc", "12.5", "Y")


def test_a_change_is_checked_against_the_companys_tables(infor: Caller) -> None:
    for name, value in (("CSCD", "XX"), ("STAT", "55")):
        assert infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", **{name: value}).nok[1] == name
    assert infor.mi("CRS610MI", "ChgFinancial", CUNO="10001", CUCD="ZZZ").nok[1] == "CUCD"
    assert infor.mi("CRS610MI", "ChgOrderInfo", CUNO="10001", PYNO="NOPE").nok[1] == "PYNO"
    assert infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CSCD="GB").nok[1] == "CSCD"  # it is UK here
    assert infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CSCD="UK").record


def test_a_new_customer_needs_a_template(infor: Caller) -> None:
    bare = infor.mi("CRS610MI", "Add", CUNM="New Ltd", CUA1="1 Street")
    assert bare.refusal == ("MandatoryInputFieldNotFound", "CUTM")
    assert infor.mi("CRS610MI", "Add", CUTM="NOPE", CUNM="New Ltd", CUA1="1 Street").nok[1] == "CUTM"
    templates = infor.mi("CRS610MI", "LstTemplates").records
    assert [template["CUNO"] for template in templates] == ["TMPLDOM", "TMPLEXP", "TMPLWEB"]
    made = infor.mi("CRS610MI", "Add", CUTM="TMPLWEB", CUNM="New Ltd", CUA1="1 Street").record
    assert made["ERRM"] == ""
    assert infor.customer(made["CUNO"])["CUNM"] == "New Ltd"
    assert numbers(infor.mi("CRS610MI", "LstByNumber", CUNO="TMPL").records) == []


def test_adding_twice_makes_two_unless_the_number_is_given(infor: Caller) -> None:
    new = {"CUTM": "TMPLWEB", "CUNM": "Twin Ltd", "CUA1": "1 Street"}
    first, second = (infor.mi("CRS610MI", "Add", **new).record["CUNO"] for _ in range(2))
    assert first != second
    assert infor.mi("CRS610MI", "Add", CUNO="77001", **new).record["CUNO"] == "77001"
    assert infor.mi("CRS610MI", "Add", CUNO="77001", **new).nok[1] == "CUNO"
    with tenant(number_series=False) as other:
        assert other.mi("CRS610MI", "Add", **new).nok[1] == "CUNO"


def test_copy_takes_an_existing_customer_for_a_template(infor: Caller) -> None:
    made = infor.mi("CRS610MI", "Copy", CUTM="10011", CUNM="Copy Ltd", CUA1="1 Street").record["CUNO"]
    assert infor.customer(made)["CUCL"] == infor.customer("10011")["CUCL"] == "RTL"


def test_a_customer_in_use_is_not_deleted(infor: Caller) -> None:
    rows = infor.sandbox.state("orders")
    assert isinstance(rows, list)
    assert infor.mi("CRS610MI", "Delete", CUNO=rows[0]["CUNO"]).nok[1] == "CUNO"
    made = infor.mi("CRS610MI", "Add", CUTM="TMPLWEB", CUNM="Gone Ltd", CUA1="1 Street").record["CUNO"]
    assert infor.mi("CRS610MI", "Delete", CUNO=made).records == []
    assert infor.mi("CRS610MI", "GetBasicData", CUNO=made).nok[0] == "WCU0203"


def test_credit_figures_are_of_today_and_of_the_division_asked_for(infor: Caller) -> None:
    before = infor.mi("CRS610MI", "GetFinancial", CUNO="10001").record
    infor.sandbox.mutate("add_invoice", customer="10001", amount="250.00", days_overdue=40)
    infor.sandbox.mutate("add_invoice", customer="10001", amount="99.00", values={"DIVI": "BBB"})
    after = infor.mi("CRS610MI", "GetFinancial", CUNO="10001").record
    assert float(after["TOIN"]) - float(before["TOIN"]) == 349
    assert float(after["TDIN"]) - float(before["TDIN"]) == 250
    assert int(after["ODUE"]) >= 40
    assert infor.mi("CRS610MI", "GetFinancial", CUNO="10001", DIVI="BBB").record["TOIN"] == "99.00"
    assert "LMDT" in after
    stopped = infor.sandbox.mutate("stop_customer", customer="10001")
    assert stopped
    assert infor.mi("CRS610MI", "GetFinancial", CUNO="10001").record["BLCD"] == "1"


def test_credit_figures_come_as_a_list_by_a_search(infor: Caller) -> None:
    infor.sandbox.mutate("add_invoice", customer="10001", amount="250.00", days_overdue=40)
    found = infor.mi("CRS610MI", "SearchCustCred", ";maxrecs=0", SQRY="CUNO:1000*").records
    assert numbers(found) == [f"1000{digit}" for digit in range(1, 10)]
    assert float(found[0]["ODIN"]) >= 250
    assert int(found[0]["NOOD"]) >= 40
    assert infor.mi("CRS610MI", "SearchCustCred", SQRY="CUNO>1").nok[1] == "SQRY"
    assert len(infor.mi("CRS610MI", "SearchCustomer", SQRY="STAT:90 CUNO:100*").records) == 5
    with tenant(search_index=False) as other:
        assert other.mi("CRS610MI", "SearchCustomer", SQRY="STAT:90").nok[0] == "XSE0001"


def test_order_information_and_hierarchy_come_from_calls_of_their_own(infor: Caller) -> None:
    assert infor.mi("CRS610MI", "GetOrderInfo", CUNO="10003").record["PYNO"] == "10001"
    assert infor.mi("CRS610MI", "GetFinancial", CUNO="10003").record["CCUS"] == "10001"
    infor.mi("CRS610MI", "ChgOrderInfo", CUNO="10003", SMCD="S099", PYNO="10003")
    assert infor.mi("CRS610MI", "GetOrderInfo", CUNO="10003").record["SMCD"] == "S099"


def test_addresses_are_listed_by_customer(infor: Caller) -> None:
    listed = infor.mi("CRS610MI", "LstAddresses", CUNO="10005").records
    assert [(row["ADRT"], row["ADID"]) for row in listed] == [("1", "DOCK1")]
    assert len(listed[0]) == 47
    assert infor.mi("CRS610MI", "LstAddresses", CUNO="10001").records == []
    assert infor.mi("CRS610MI", "LstAddresses", CUNO="NOPE").nok[1] == "CUNO"


def test_suppliers_come_by_number_and_by_range(infor: Caller) -> None:
    assert infor.mi("CRS620MI", "LstByNumber").refusal == ("MandatoryInputFieldNotFound", "SUNO")
    listed = infor.mi("CRS620MI", "LstByNumber", SUNO="S20011").records
    assert listed[0]["SUNO"] == "S20011"
    assert len(listed[0]) == 33
    ranged = infor.mi("CRS620MI", "LstSuppliers", FRSU="S20002", TOSU="S20004").records
    assert [row["SUNO"] for row in ranged] == ["S20002", "S20003", "S20004"]
    mark = str(int(infor.sandbox.clock.timestamp() * 1000) - 1)
    infor.sandbox.mutate("change_supplier", supplier="S20009", changes={"SUNM": "Renamed"})
    assert [row["SUNO"] for row in infor.mi("CRS620MI", "LstSuppliers", LMTS=mark).records] == ["S20009"]
    assert infor.mi("CRS620MI", "GetBasicData", SUNO="S20009").record["LMDT"] == infor.sandbox.m3.day()
    assert infor.mi("CRS620MI", "GetBasicData", SUNO="NOPE").nok[1] == "SUNO"


def test_items_come_by_number(infor: Caller) -> None:
    assert infor.mi("MMS200MI", "LstItmByItm", ";maxrecs=2", ITNO="I00005").record["ITNO"] == "I00005"
    assert infor.mi("MMS200MI", "GetItmBasic", ITNO="I00021").record["STAT"] == "80"
    assert infor.mi("MMS200MI", "GetItmBasic", ITNO="NOPE").nok[1] == "ITNO"
