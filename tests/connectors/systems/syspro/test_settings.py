"""What a connection may be told, and what it is told back."""

from typing import Any

import pytest

from connectors.sdk.settings import is_secret
from connectors.systems.syspro.odata import query_of
from connectors.systems.syspro.question import Question, Term
from connectors.systems.syspro.settings import SysproCredentials, SysproSettings
from connectors.systems.syspro.system import Syspro
from tests.connectors.systems.syspro.records import settings


def test_hosts_get_the_usual_paths_and_other_paths_stay() -> None:
    usual = settings(odata_url="https://erp.example.com/", enet_url="https://erp.example.com:31002")
    assert usual.odata_url == "https://erp.example.com/SYSPRO8Odata/SYSPROOData"
    assert usual.enet_url == "https://erp.example.com:31002/SYSPROWCFService/Rest"
    other = settings(
        odata_url="https://x.example/odata/", enet_url="https://x.example/SYSPROWCFService_8/Rest/"
    )
    assert other.odata_url == "https://x.example/odata"
    assert other.enet_url == "https://x.example/SYSPROWCFService_8/Rest"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"odata_url": ""}, "Enter the OData address"),
        ({"read_through": "enet"}, "Enter the e.net address"),
        ({"balances": "enet"}, "Balances cannot be read through e.net"),
        ({"odata_url": "erp.example.com"}, "beginning with https://"),
        ({"odata_url": "https://me:pw@erp.example.com"}, "leave user names and passwords out"),
        ({"odata_url": "https://erp.example.com/?a=1"}, "from \\? or # on"),
        ({"company": ""}, "company"),
        ({"company": "A/../B"}, "company"),
        ({"customers_table": "Ar Customer"}, "customers_table"),
        ({"change_column": "x eq 1 or 1"}, "change_column"),
        ({"extra_columns": ("a b",)}, "extra_columns"),
        ({"page_size": 5001}, "page_size"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(**values)


def test_every_setting_has_a_title_and_says_what_it_is_for() -> None:
    for model in (SysproSettings, SysproCredentials):
        for name, field in model.model_fields.items():
            assert field.title, name
            assert len(field.description or "") > 15, name


def test_passwords_are_secrets_and_one_set_of_credentials_is_enough() -> None:
    secret = {name for name in SysproCredentials.model_fields if is_secret(SysproCredentials, name)}
    assert secret == {"odata_password", "operator_password", "company_password"}
    assert SysproCredentials(operator="OP").secrets() == ()
    with pytest.raises(ValueError, match="Enter an OData user, or an operator"):
        SysproCredentials()


def test_two_companies_share_the_operator_s_one_session() -> None:
    credentials = SysproCredentials(odata_user="READER", operator="MlConn")
    one = settings(company="A", enet_url="https://ERP.example.com:31002")
    other = settings(company="B", enet_url="https://erp.example.com:31002", odata_url="https://o.example")
    assert Syspro.account_key(one, credentials) == Syspro.account_key(other, credentials)
    assert Syspro.account_key(one, credentials) == "erp.example.com:31002/mlconn"
    assert Syspro.account_key(settings(), credentials) == "erp.example.com/reader"


@pytest.mark.parametrize("allowed", [6, 60, 1000])
def test_no_minute_sees_more_calls_than_the_settings_allow(allowed: int) -> None:
    limits = Syspro.limits(settings(requests_per_minute=allowed))
    assert limits.per_minute + limits.burst == allowed
    assert limits.per_minute > 0
    assert limits.concurrent == 1


def test_odata_spells_texts_quoted_and_the_rest_bare() -> None:
    where = (Term("Customer", "gt", "O'Neil"), Term("ChangedAt", "ge", "2026-11-20T12:00:00Z", "moment"))
    either = (Term("Customer", "eq", "1"), Term("Customer", "eq", "2"))
    question = Question("ArCustomer", ("Customer", "Name"), "Customer", 100, where, either)
    assert query_of(question) == [
        ("$select", "Customer,Name"),
        (
            "$filter",
            (
                "Customer gt 'O''Neil' and ChangedAt ge 2026-11-20T12:00:00Z "
                "and (Customer eq '1' or Customer eq '2')"
            ),
        ),
        ("$orderby", "Customer"),
        ("$top", "100"),
    ]
    newest = Question(
        "V", (), "ChangeNumber", 1, (Term("ChangeNumber", "ge", "12", "number"),), downwards=True
    )
    assert query_of(newest) == [
        ("$filter", "ChangeNumber ge 12"),
        ("$orderby", "ChangeNumber desc"),
        ("$top", "1"),
    ]
