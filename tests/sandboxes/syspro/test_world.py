"""The data, what happens to it behind a client's back, how the site misbehaves, and what it remembers."""

import http.client
import pickle

import pytest

from sandboxes.kit import MutationFailed
from sandboxes.syspro import Options, Syspro
from tests.sandboxes.syspro.caller import ENET, INVALID, Site
from tests.sandboxes.syspro.test_enet_writing import by_po, item, post

CUSTOMERS = "GET */ArCustomer"


def summary(sandbox: Syspro) -> dict[str, object]:
    state = sandbox.state()
    assert isinstance(state, dict)
    return state


def test_the_same_seed_gives_the_same_site_and_another_another() -> None:
    one, same, other = (Syspro(Options(customers=50, seed=seed)).state("customers") for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_the_customers_are_as_bad_as_real_ones() -> None:
    told = summary(Syspro(Options(customers=500)))
    emails = told["emails"]
    assert isinstance(emails, dict)
    assert sum(emails.values()) == told["customers"] == 500
    assert all(emails.values())
    assert min(int(str(told[name])) for name in ("several_emails", "on_hold", "no_sales_allowed")) > 10


def test_every_text_fits_its_column_and_windows_1252() -> None:
    sandbox = Syspro(Options(customers=1000))
    table = sandbox.worlds["EDU1"].table("ArCustomer")
    for row in table.rows.values():
        for column in table.columns.values():
            value = row.values[column.at]
            if column.length and value is not None:
                assert len(value) <= column.length, (column.name, value)
                value.encode("cp1252")


def test_codes_hold_every_sign_that_has_to_be_quoted() -> None:
    codes = "".join(
        str(key[0]) for key in Syspro(Options(customers=1000)).worlds["EDU1"].table("ArCustomer").keys
    )
    assert set("'&/#+<>Å ") <= set(codes)


def test_a_longer_padding_is_an_option() -> None:
    table = Syspro(Options(customers=5, key_width=15)).worlds["EDU1"].table("ArCustomer")
    assert table.keys[0] == ("000000000000001",)


def test_people_at_the_vendor_change_customers(syspro: Site) -> None:
    mutate = syspro.sandbox.mutate
    before = summary(syspro.sandbox)
    assert mutate("add_customer") == {"Customer": "NEW0001"}
    mutate("set_email", customer="0000003", value="a@x.example;b@x.example")
    mutate("hold_customer", customer="0000003")
    mutate("delete_customer", customer="0000004")
    after = summary(syspro.sandbox)
    assert after["customers"] == before["customers"]
    assert int(str(after["on_hold"])) == int(str(before["on_hold"])) + 1
    row = syspro.odata("ArCustomer('0000003')").json()
    assert (row["Email"], row["CustomerOnHold"]) == ("a@x.example;b@x.example", "Y")
    assert syspro.odata("ArCustomer('0000004')").status == 404
    mutate("hold_customer", customer="0000003", on=False)
    assert syspro.customer("0000003")["CustomerOnHold"] == "N"


def test_a_share_of_the_customers_is_renamed_deleted_or_touched(syspro: Site) -> None:
    changed = syspro.sandbox.mutate("rename_customers", every=10)
    assert isinstance(changed, dict)
    assert changed["changed"] == 12
    assert str(syspro.customer(changed["ids"][0])["Name"]).endswith(" renamed")
    before = syspro.customer("0000001")
    assert syspro.sandbox.mutate("touch", table="ArCustomer") == {"touched": 120}
    after = syspro.customer("0000001")
    assert {name for name in after if after[name] != before[name]} == {"TimeStamp"}
    assert syspro.sandbox.mutate("delete_customers", every=2) is not None
    assert len(syspro.codes()) == 60


@pytest.mark.parametrize(
    "how",
    [
        "no_name",
        "control_sign",
        "not_an_email",
        "five_emails",
        "separators_only",
        "no_address",
        "shifted_address",
    ],
)
def test_a_customer_can_be_spoiled(syspro: Site, how: str) -> None:
    before = syspro.customer("0000003")
    syspro.sandbox.mutate("spoil_customer", customer="0000003", how=how)
    assert syspro.customer("0000003") != before
    assert syspro.odata("ArCustomer('0000003')").status == 200


def test_an_order_may_be_of_a_customer_nobody_knows(syspro: Site) -> None:
    line = {"MStockCode": "00001", "MOrderQty": 2, "MPrice": "9.5"}
    number = syspro.sandbox.mutate("add_order", customer="GHOST", lines=[line])
    assert isinstance(number, dict)
    order = syspro.odata("SorMaster", filter="Customer eq 'GHOST'").rows
    assert [row["SalesOrder"] for row in order] == [number["SalesOrder"]]
    assert len(syspro.odata("SorDetail", filter=f"SalesOrder eq '{number['SalesOrder']}'").rows) == 1


@pytest.mark.parametrize(
    ("action", "arguments"),
    [("delete_customer", {"customer": "3"}), ("spoil_customer", {"customer": "0000003", "how": "?"}),
     ("change", {"table": "No", "key": "1", "changes": {}}),
     ("drop_column", {"table": "ArCustomer", "column": "X"}),
     ("drop_column", {"table": "ArCustomer", "column": "Customer"}),
     ("lock_operator", {"operator": "NOBODY"}),
     ("change_customer", {"customer": "0000003", "changes": {"LastModifiedDate": "x"}}),
     ("add_customer", {"values": {"Customer": "0000003"}}), ("add_customer", {"company": "NOPE"})],
)  # fmt: skip
def test_a_change_that_makes_no_sense_says_so(
    syspro: Site, action: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(MutationFailed):
        syspro.sandbox.mutate(action, **arguments)


def test_the_state_tells_collections_tables_and_what_it_does_not_know(syspro: Site) -> None:
    orders, elsewhere = syspro.sandbox.state("orders"), syspro.sandbox.state("EDU2/ArCustomer")
    assert isinstance(orders, list)
    assert isinstance(elsewhere, list)
    assert (len(orders), len(elsewhere)) == (20, 12)
    for collection in ("nothing", "NOPE/customers"):
        told = syspro.sandbox.state(collection)
        assert isinstance(told, dict)
        assert "error" in told


def test_what_was_written_is_remembered_over_a_restart(syspro: Site) -> None:
    syspro.logon()
    post(syspro)
    syspro.setup("Update", item("0000003", "<Name>Renamed</Name>"))
    syspro.sandbox.mutate("delete_customer", customer="0000004")
    again = Syspro(syspro.sandbox.options)
    again.remember(pickle.loads(pickle.dumps(syspro.sandbox.memory())))  # noqa: S301 - our own
    for collection in ("customers", "orders", "SorDetail"):
        assert again.state(collection) == syspro.sandbox.state(collection)
    before = again.worlds["EDU1"].table("ArCustomer")
    stamp = max(before.value(row, "TimeStamp") for row in before.rows.values())
    assert again.worlds["EDU1"].rowversion() > stamp


def test_a_reset_brings_the_first_state_back(syspro: Site) -> None:
    first = syspro.sandbox.state("customers")
    syspro.logon()
    syspro.sandbox.mutate("delete_customers", every=3)
    syspro.sandbox.reset()
    assert syspro.sandbox.state("customers") == first
    assert syspro.sessions()["logons"] == 0


# Faults.


def test_a_page_can_be_silently_empty_short_or_unfiltered(syspro: Site) -> None:
    add = syspro.sandbox.faults.add
    for kind, arguments in (("empty", {}), ("short", {"rows": 3}), ("ignore_filter", {})):
        add(CUSTOMERS, kind, **arguments)
    given: dict[str, str] = {"filter": "Customer gt '0000050'", "orderby": "Customer", "top": "10"}
    assert syspro.odata("ArCustomer", **given).rows == []
    assert len(syspro.odata("ArCustomer", **given).rows) == 3
    assert syspro.odata("ArCustomer", **given).column("Customer")[0] == "0000001"
    assert syspro.odata("ArCustomer", **given).column("Customer")[0] == "0000051"


def test_columns_can_be_left_out_without_a_word(syspro: Site) -> None:
    syspro.sandbox.faults.add(CUSTOMERS, "without", columns=["Email"])
    assert "Email" not in syspro.odata("ArCustomer", top=1).rows[0]
    assert "Email" in syspro.odata("ArCustomer", top=1).rows[0]


def test_comfnd_pages_can_lie_too(syspro: Site) -> None:
    syspro.logon()
    syspro.sandbox.faults.add("*/Query/Query", "empty")
    syspro.sandbox.faults.add("*/Query/Query", "error_text", text="e.net exception raised: 100005")
    post(syspro)
    assert by_po(syspro) == []
    refused = syspro.query("COMFND", "<Query/>")
    assert (refused.status, refused.text) == (200, "ERROR: e.net exception raised: 100005")
    assert len(by_po(syspro)) == 1


def test_a_session_can_be_lost_before_or_after_the_work(syspro: Site) -> None:
    syspro.logon()
    syspro.sandbox.faults.add("*/Transaction/Post", "drop_session")
    assert post(syspro).text == INVALID
    syspro.logon()
    assert by_po(syspro) == []
    syspro.sandbox.faults.add("*/Transaction/Post", "drop_session_after")
    assert post(syspro).text == INVALID
    syspro.logon()
    assert len(by_po(syspro)) == 1
    assert (syspro.ended("dropped"), syspro.sessions()["peak"]) == (2, 1)


def test_an_answer_can_be_empty_or_lost_after_the_work_was_done(syspro: Site) -> None:
    syspro.logon()
    syspro.sandbox.faults.add("*/Transaction/Post", "empty_body")
    reply = post(syspro)
    assert (reply.status, reply.body) == (200, b"")
    syspro.sandbox.faults.add("*/Transaction/Post", "timeout_after")
    with pytest.raises(http.client.RemoteDisconnected):
        post(syspro, ignore="Y", CustomerPoNumber="MLC-2")
    assert (len(by_po(syspro)), len(by_po(syspro, "MLC-2"))) == (1, 1)


def test_errors_are_worded_by_who_makes_them(syspro: Site) -> None:
    for status in (500, 503, 401):
        syspro.sandbox.faults.add(kind="status", status=status)
    assert syspro.odata("ArCustomer").message
    assert syspro.odata("ArCustomer").headers["Content-Type"].startswith("text/html")
    assert "WWW-Authenticate" in syspro.odata("ArCustomer").headers
    syspro.sandbox.faults.add(kind="status", status=500)
    assert syspro.enet("GetVersion").headers["Content-Type"].startswith("text/html")


def test_the_journal_counts_e_net_calls_whatever_the_case_of_their_path(syspro: Site) -> None:
    syspro.send("GET", f"{ENET.lower()}/GETVERSION")
    syspro.enet("GetVersion")
    assert syspro.sandbox.journal.counts() == {f"GET {ENET}/GetVersion": {"200": 2}}
