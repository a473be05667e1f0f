"""OData: who gets in, what there is, and the list of operators that is only read at the start."""

from sandboxes.syspro import Syspro
from tests.sandboxes.syspro.caller import ODATA, OPERATOR, PASSWORD, READER, Site, basic, site

TABLE = f"{ODATA}/EDU1/ArCustomer?$top=1"


def test_without_or_with_wrong_credentials_the_answer_is_401_and_asks_for_basic(syspro: Site) -> None:
    wrong: tuple[dict[str, str], ...] = (
        {},
        basic(password="wrong"),
        basic("NOBODY"),
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic !"},
    )
    for headers in wrong:
        reply = syspro.send("GET", TABLE, headers)
        assert (reply.status, reply.headers["WWW-Authenticate"][:5]) == (401, "Basic")
    assert syspro.send("GET", TABLE, basic()).status == 200


def test_an_operator_of_e_net_alone_is_not_let_in(syspro: Site) -> None:
    assert syspro.send("GET", TABLE, basic(OPERATOR, PASSWORD)).status == 401


def test_a_new_password_is_401_until_the_service_is_restarted(syspro: Site) -> None:
    syspro.sandbox.mutate("set_password", operator=READER, password="new")
    assert syspro.send("GET", TABLE, basic(password="new")).status == 401
    assert syspro.send("GET", TABLE, basic()).status == 200
    syspro.sandbox.mutate("restart_odata")
    assert syspro.send("GET", TABLE, basic(password="new")).status == 200
    assert syspro.send("GET", TABLE, basic()).status == 401


def test_a_locked_operator_is_let_in_until_the_restart_and_not_after(syspro: Site) -> None:
    syspro.sandbox.mutate("lock_operator", operator=READER)
    assert syspro.send("GET", TABLE, basic()).status == 200
    syspro.sandbox.mutate("restart_odata")
    assert syspro.send("GET", TABLE, basic()).status == 401


def test_wrong_passwords_in_a_row_lock_even_the_right_one_out() -> None:
    with site(lock_after=3) as syspro:
        for _ in range(2):
            syspro.send("GET", TABLE, basic(password="wrong"))
        assert syspro.send("GET", TABLE, basic()).status == 200  # and the count starts again
        for _ in range(3):
            syspro.send("GET", TABLE, basic(password="wrong"))
        assert syspro.send("GET", TABLE, basic()).status == 401
        assert odata_state(syspro.sandbox)["locked"] == [READER]
        syspro.sandbox.mutate("restart_odata")
        assert syspro.send("GET", TABLE, basic()).status == 200


def odata_state(sandbox: Syspro) -> dict[str, object]:
    state = sandbox.state("odata")
    assert isinstance(state, dict)
    return state


def test_the_refusals_are_counted(syspro: Site) -> None:
    syspro.send("GET", TABLE)
    syspro.send("GET", TABLE, basic())
    assert odata_state(syspro.sandbox)["refused"] == 1


def test_an_unknown_company_table_or_path_is_404(syspro: Site) -> None:
    assert syspro.odata("ArCustomer", company="NOPE").status == 404
    assert syspro.odata("ArCustomer", company="edu1").status == 404
    assert syspro.odata("Nothing").status == 404
    assert syspro.odata("InvWarehouse").status == 404
    assert syspro.odata("ArCustomer/Name").status == 404
    assert syspro.send("GET", "/elsewhere", basic()).status == 404


def test_another_company_has_its_own_customers(syspro: Site) -> None:
    assert len(syspro.odata("ArCustomer", company="EDU2").rows) == 12


def test_nothing_can_be_written(syspro: Site) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        reply = syspro.send(method, TABLE, basic())
        assert (reply.status, reply.headers["Allow"]) == (405, "GET")


def test_the_root_is_configurable() -> None:
    with site(odata_root="/erp/data") as syspro:
        assert syspro.send("GET", "/erp/data/EDU1/ArCustomer", basic()).status == 200
        assert syspro.send("GET", TABLE, basic()).status == 404


def test_the_service_tells_its_tables_and_their_columns(syspro: Site) -> None:
    names = syspro.odata().column("name")
    assert {"ArCustomer", "ArCustomer+", "ArInvoice", "SorMaster", "InvMaster"} <= set(names)
    xml = syspro.odata("$metadata").text
    assert '<Property Name="Email" Type="Edm.String" MaxLength="255"/>' in xml
    assert '<Property Name="TimeStamp" Type="Edm.Binary"/>' in xml
    assert '<Property Name="DateCustAdded" Type="Edm.DateTimeOffset"/>' in xml
    assert "LastModifiedDate" not in xml
    assert "CreatedDate" not in xml


def test_a_view_of_changes_exists_only_where_the_tenant_made_one() -> None:
    with site(change_view="MlcCustomers") as syspro:
        xml = syspro.odata("$metadata").text
        assert '<Property Name="ChangedAt" Type="Edm.DateTimeOffset"/>' in xml
        before = syspro.odata("MlcCustomers", orderby="ChangeNumber desc", top=1, select="ChangeNumber").rows[
            0
        ]
        syspro.sandbox.mutate("touch", table="ArCustomer", keys=["0000005"])
        later = syspro.odata("MlcCustomers", filter=f"ChangeNumber gt {before['ChangeNumber']}")
        assert later.column("Customer") == ["0000005"]
        moment = later.column("ChangedAt")[0]
        since = syspro.odata("MlcCustomers", filter=f"ChangedAt ge {moment}", orderby="ChangedAt,Customer")
        assert since.column("Customer") == ["0000005"]
        assert "ChangedAt" not in syspro.odata("ArCustomer", top=1).rows[0]
