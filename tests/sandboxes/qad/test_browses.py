"""Lists: what must be asked for, what comes back, and how they mislead."""

import pytest

from tests.sandboxes.qad.caller import CUSTOMERS, HERE, ITEMS, WORKSPACE, Caller, tenant

ENTITIES = "urn:browse:bebrowse:com.qad.erp.base.customerV2s"
CODE = "cm_mstr.cm_addr"


def codes(qad: Caller, *filters: str, **query: object) -> list[object]:
    return [row[CODE] for row in qad.browse(CUSTOMERS, *filters, **query).rows]


@pytest.mark.parametrize(
    "query", [{"page": None}, {"pageAction": None}, {"page": 0}, {"page": "x"}, {"pageAction": "next"}]
)
def test_without_page_and_page_action_there_are_no_rows_and_no_error(
    qad: Caller, query: dict[str, object]
) -> None:
    reply = qad.browse(**query)
    assert (reply.status, reply.json()) == (200, {"data": []})


def test_another_page_action_may_be_known() -> None:
    with tenant(page_actions=frozenset({"first", "next"})) as qad:
        assert len(codes(qad, page=2, pageAction="next")) == 25


def test_rows_are_named_by_table_and_field(qad: Caller) -> None:
    row = qad.browse(CUSTOMERS, f"{CODE},eq,10001,literal").rows[0]
    assert (row[CODE], row["cm_mstr.cm_domain"]) == ("10001", "10USA")
    assert row["ad_mstr.ad_name"] == qad.customer()["businessRelationName"]
    assert all("." in name for name in row)


def test_pages_cover_everything_once_in_the_order_of_the_code(qad: Caller) -> None:
    found = [code for page in range(1, 7) for code in codes(qad, page=page)]
    assert len(found) == len(set(found)) == 130
    assert found == sorted(found, key=str)
    assert codes(qad, page=7) == []


def test_the_page_size_is_25_when_nothing_is_said_and_cut_in_silence() -> None:
    with tenant(page_size_cap=40) as qad:
        assert len(codes(qad, pageSize=None)) == 25
        assert len(codes(qad, pageSize=999999)) == 40


def test_the_page_size_must_be_a_number(qad: Caller) -> None:
    assert qad.browse(pageSize="all").status == 400


def test_rows_shift_when_data_changes_between_two_pages(qad: Caller) -> None:
    first = codes(qad, pageSize=10)
    expected = codes(qad, pageSize=10, page=2)
    qad.sandbox.mutate("delete_customer", code=first[0])
    assert codes(qad, pageSize=10, page=2)[0] == expected[1]  # one is never seen
    qad.sandbox.mutate("add_customer", code="!1")
    qad.sandbox.mutate("add_customer", code="!2")
    assert codes(qad, pageSize=10, page=2)[0] == first[9]  # and one is seen twice


def test_the_total_needs_no_page(qad: Caller) -> None:
    assert qad.api("qracore/browses/totalCount/", browseId=CUSTOMERS).json() == {"data": {"totalCount": 130}}


def test_the_total_is_of_the_filter(qad: Caller) -> None:
    reply = qad.api("qracore/browses/totalCount/", browseId=CUSTOMERS, filter=f"{CODE},eq,10001,literal")
    assert reply.json() == {"data": {"totalCount": 1}}


@pytest.mark.parametrize("ending", [",literal", ",", ""])
def test_a_filter_may_end_with_literal_or_not(qad: Caller, ending: str) -> None:
    assert codes(qad, f"{CODE},eq,10002{ending}") == ["10002"]


def test_repeated_filters_must_all_hold(qad: Caller) -> None:
    both = codes(qad, f"{CODE},ge,10100,literal", "cm_mstr.cm_cr_hold,eq,true,literal", pageSize=100)
    assert both == ["10105"]
    assert codes(qad, "cm_mstr.cm_cr_hold,eq,true,literal", pageSize=1, page=2) == ["10070"]


def test_a_filter_may_hold_a_comma(qad: Caller) -> None:
    qad.sandbox.mutate("add_customer", code="A,B 1")
    assert codes(qad, f"{CODE},eq,A,B 1,literal") == ["A,B 1"]


def test_ge_starts_at_that_very_code(qad: Caller) -> None:
    assert codes(qad, f"{CODE},ge,10120,literal", pageSize=2) == ["10120", "10121"]


@pytest.mark.parametrize(
    "filter_", ["cm_mstr.nothing,eq,1,literal", f"{CODE},gt,1,literal", f"{CODE},like,1,literal", CODE]
)
def test_a_filter_the_tenant_does_not_understand_is_a_400(qad: Caller, filter_: str) -> None:
    reply = qad.browse(CUSTOMERS, filter_)
    assert reply.status == 400
    assert reply.message


@pytest.mark.parametrize(
    ("filter_", "count"),
    [
        (f"{CODE},gt,10129,literal", 2),
        (f"{CODE},lt,10002,literal", 1),
        (f"{CODE},le,10002,literal", 2),
        (f"{CODE},ne,10001,literal", 129),
        (f"{CODE},contains,13,literal", 3),
    ],
)
def test_a_tenant_may_know_more_operators(filter_: str, count: int) -> None:
    known = frozenset({"eq", "ne", "ge", "gt", "le", "lt", "contains"})
    with tenant(operators=known) as qad:
        assert len(codes(qad, filter_, pageSize=500)) == count


def test_an_unknown_parameter_or_browse_is_refused(qad: Caller) -> None:
    assert qad.browse(sort=CODE).status == 400
    assert qad.browse("urn:browse:mfg:none").status == 404
    assert qad.browse("mfg:so803").status == 404


def test_older_releases_know_bare_browse_ids() -> None:
    with tenant(bare_browse_ids=True) as qad:
        assert qad.browse("mfg:so803").rows == qad.browse("urn:browse:mfg:so803").rows


def test_browses_are_read_with_get_alone(qad: Caller) -> None:
    assert qad.send("POST", f"{qad.root}/api/qracore/browses", b"{}").status == 405


def test_without_the_header_the_user_sees_another_domain(qad: Caller) -> None:
    here = qad.browse(CUSTOMERS, f"{CODE},eq,10001,literal").rows[0]
    del qad.headers[WORKSPACE]
    there = qad.browse(CUSTOMERS, f"{CODE},eq,10001,literal").rows[0]
    assert (here["cm_mstr.cm_domain"], there["cm_mstr.cm_domain"]) == ("10USA", "20EUR")
    assert here["ad_mstr.ad_name"] != there["ad_mstr.ad_name"]


def test_two_domains_of_one_shared_set_list_the_same_customers(qad: Caller) -> None:
    here = codes(qad, pageSize=500)
    qad.headers[WORKSPACE] = "11CAN_11CANCO"
    assert codes(qad, pageSize=500) == here
    assert qad.browse().rows[0]["cm_mstr.cm_site"] == "11-100"


def test_the_domains_browse_tells_the_entities_of_each_domain(qad: Caller) -> None:
    browse = "urn:browse:bebrowse:com.qad.erp.base.domainV3s"
    rows = qad.browse(browse, "domainV3.domainContext,eq,20EUR,literal").rows
    assert [row["domainV3.entityContext"] for row in rows] == ["20EURCO", "20EURSV"]
    assert len(qad.browse(browse).rows) == 4


def test_the_customer_browse_has_no_email_unless_the_tenant_added_it(qad: Caller) -> None:
    assert not [name for name in qad.browse().rows[0] if "email" in name.lower()]
    with tenant(email_column="ad_mstr.ad_email") as other:
        row = other.browse(CUSTOMERS, f"{CODE},eq,10001,literal").rows[0]
        assert row["ad_mstr.ad_email"] == other.customer()["EMail"] != ""


def test_the_entity_browse_has_the_email_and_the_moment_of_the_last_change(qad: Caller) -> None:
    row = qad.browse(ENTITIES, "customerV2.customerCode,eq,10001,literal").rows[0]
    record = qad.customer()
    for name in ("EMail", "sharedSetCode", "businessRelationName", "lastModifiedDate", "lastModifiedTime"):
        assert row[f"customerV2.{name}"] == record[name] != ""


def test_the_address_browse_lists_suppliers_among_the_customers(qad: Caller) -> None:
    rows = qad.browse("urn:browse:mfg:ad057", "ad_mstr.ad_type,eq,supplier,literal").rows
    assert len(rows) == 7
    assert qad.api("qracore/browses/totalCount/", browseId="urn:browse:mfg:ad057").json() == {
        "data": {"totalCount": 137}
    }


def test_a_removed_column_vanishes_and_cannot_be_filtered(qad: Caller) -> None:
    column = "cm_mstr.cm_cr_hold"
    qad.sandbox.mutate("remove_column", browse=CUSTOMERS, column=column)
    assert column not in qad.browse().rows[0]
    assert qad.browse(CUSTOMERS, f"{column},eq,true,literal").status == 400
    qad.sandbox.mutate("restore_column", browse=CUSTOMERS, column=column)
    assert column in qad.browse().rows[0]


def test_the_date_of_a_change_is_the_servers_and_has_no_time(qad: Caller) -> None:
    qad.sandbox.clock.freeze()
    qad.sandbox.clock.set(qad.sandbox.clock.now().replace(month=7, day=2, hour=3))  # still the 1st there
    qad.log_in()
    qad.sandbox.mutate("set_email", code="10001", value="new@name.example")
    today = f"{qad.sandbox.clock.now().year}-07-01"
    assert codes(qad, f"cm_mstr.cm_mod_date,ge,{today},literal") == ["10001"]
    assert codes(qad, f"cm_mstr.cm_mod_date,ge,{today}T00:00:00.000Z,literal") == ["10001"]
    assert codes(qad, f"cm_mstr.cm_mod_date,ge,{today[:-1]}2,literal") == []
    assert qad.browse(CUSTOMERS, f"{CODE},eq,10001,literal").rows[0]["cm_mstr.cm_mod_date"] == today


@pytest.mark.parametrize(("form", "date"), [("us", "06/30/2026"), ("eu", "30.06.2026")])
def test_dates_may_be_written_as_the_country_does(form: str, date: str) -> None:
    with tenant(date_format=form) as qad:
        rows = qad.browse(CUSTOMERS, pageSize=500).rows
        dates = {str(row["cm_mstr.cm_mod_date"]) for row in rows}
        assert all(one[2] == date[2] and len(one) == 10 for one in dates)
        assert qad.browse(CUSTOMERS, f"cm_mstr.cm_mod_date,ge,{date},literal").status == 200
        assert qad.browse(CUSTOMERS, "cm_mstr.cm_mod_date,ge,2026-06-30,literal").status == 400


@pytest.mark.parametrize(("form", "text"), [("json", 42.05), ("us", "42.05"), ("eu", "42,05")])
def test_prices_may_be_numbers_or_texts(form: str, text: object) -> None:
    with tenant(numbers=form) as qad:
        qad.sandbox.mutate("add_item", code="X", values={"price": "42.05"})
        assert qad.browse(ITEMS, "pt_mstr.pt_part,eq,X,literal").rows[0]["pt_mstr.pt_price"] == text


def test_large_prices_have_separators_where_they_are_texts() -> None:
    with tenant(numbers="eu") as qad:
        qad.sandbox.mutate("add_item", code="X", values={"price": "1234567.5"})
        assert qad.browse(ITEMS, "pt_mstr.pt_part,eq,X,literal").rows[0]["pt_mstr.pt_price"] == "1.234.567,50"


def test_items_belong_to_a_domain_and_have_prices(qad: Caller) -> None:
    rows = qad.browse(ITEMS, pageSize=100).rows
    assert len(rows) == 50
    assert {row["pt_mstr.pt_domain"] for row in rows} == {"10USA"}
    assert {row["pt_mstr.pt_status"] for row in rows} == {"ACTIVE", "OBSOLETE", "PLAN"}
    assert any(row["pt_mstr.pt_price"] == 0 for row in rows)
    qad.headers[WORKSPACE] = "20EUR_20EURCO"
    assert len(qad.browse(ITEMS, pageSize=100).rows) == 25


def test_orders_and_their_lines_are_two_browses(qad: Caller) -> None:
    order = qad.browse("urn:browse:mfg:so803", "so_mstr.so_nbr,eq,SO100002,literal").rows[0]
    lines = qad.browse("urn:browse:mfg:so011", "so_mstr.so_nbr,eq,SO100002,literal").rows
    assert (order["so_mstr.so_po"], order["so_mstr.so_curr"]) == ("PO-00002", "USD")
    assert [line["sod_det.sod_line"] for line in lines] == [1, 2, 3]
    assert {line["so_mstr.so_cust"] for line in lines} == {order["so_mstr.so_cust"]}


def test_an_order_is_found_by_the_customers_reference(qad: Caller) -> None:
    made = qad.sandbox.mutate("add_order", customer="10001", reference="MC-77")
    assert isinstance(made, dict)
    rows = qad.browse("urn:browse:mfg:so803", "so_mstr.so_po,eq,MC-77,literal").rows
    assert [row["so_mstr.so_nbr"] for row in rows] == [made["salesOrderNumber"]]


def test_a_remembered_filter_sees_what_changed_since(qad: Caller) -> None:
    held = "cm_mstr.cm_cr_hold,eq,true,literal"
    before = codes(qad, held, page=2, pageSize=1)
    qad.sandbox.mutate("hold_customer", code="10001")
    assert codes(qad, held, page=2, pageSize=1) == ["10035"] != before


def test_the_here_workspace_is_the_one_with_the_customers(qad: Caller) -> None:
    assert qad.headers[WORKSPACE] == HERE
    assert len(codes(qad, pageSize=500)) == 130
