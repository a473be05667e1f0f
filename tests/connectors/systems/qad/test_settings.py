"""What a connection has to be told, and what is refused at once."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.sdk.settings import is_secret
from connectors.systems.qad import columns
from connectors.systems.qad.places import QadCredentials
from connectors.systems.qad.settings import QadSettings
from connectors.systems.qad.system import Qad

USUAL: dict[str, Any] = {
    "base_url": "https://acme.adaptive.qad.com/clouderp",
    "domain": "10USA",
    "entity": "10USACO",
}


def made(**more: Any) -> QadSettings:
    return QadSettings(**{**USUAL, **more})


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("https://acme.adaptive.qad.com/clouderp/", "https://acme.adaptive.qad.com/clouderp"),
        ("https://qad.acme.com:22011/qad-central/oauth/token", "https://qad.acme.com:22011/qad-central"),
        ("https://h:33005/clouderp/api/qracore/browses", "https://h:33005/clouderp"),
    ],
)
def test_an_address_keeps_its_context_root_and_nothing_behind_it(pasted: str, kept: str) -> None:
    assert made(base_url=pasted).base_url == kept


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"base_url": "acme.adaptive.qad.com"}, "beginning with https"),
        ({"base_url": "https://u:p@acme.com/clouderp"}, "leave user names"),
        ({"entity": ""}, "Enter the entity"),
        ({"server_time_zone": "Mars/North"}, "no time zone"),
        ({"customer_columns": {"mail": "a.b"}}, "there is nothing called mail"),
        ({"customer_columns": {"email": "ad_email"}}, "write the column like"),
        ({"customers_browse": "cm007"}, "pattern"),
        ({"write_via": "qxtend"}, "enter its address and the receiver"),
        ({"page_size": 5}, "greater than or equal to 25"),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_reason(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        made(**wrong)


def test_domain_and_entity_make_the_workspace() -> None:
    assert made().workspace_id == "10USA_10USACO"
    assert made(entity="", workspace="10USA-EAST").workspace_id == "10USA-EAST"


def test_a_tenant_s_columns_stand_on_top_of_ours() -> None:
    chosen = made(customer_columns={"email": "ad_mstr.ad_email", "phone": "-"}).customer
    assert (chosen["email"], chosen["phone"], chosen["name"]) == ("ad_mstr.ad_email", "", "ad_mstr.ad_name")


def test_a_browse_over_customer_records_has_their_columns() -> None:
    settings = made(customers_browse="urn:browse:bebrowse:com.qad.erp.base.customerV2s")
    assert settings.customer["email"] == "customerV2.EMail"
    assert settings.customer.keys() == columns.CUSTOMER.keys()


def test_passwords_are_secret_and_everything_has_a_title() -> None:
    assert is_secret(QadCredentials, "password")
    assert is_secret(QadCredentials, "qxtend_password")
    for model in (QadSettings, QadCredentials):
        assert all(field.title for field in model.model_fields.values())


def test_with_basic_one_call_is_made_at_a_time() -> None:
    assert Qad.limits(made(session_kind="basic", concurrent=8)).concurrent == 1
    assert Qad.limits(made(concurrent=8)).concurrent == 8


def test_workspaces_of_one_user_share_the_budget() -> None:
    user = QadCredentials(username="MLC", password="secret-1")
    assert Qad.account_key(made(), user) == Qad.account_key(made(domain="11CAN", entity="11CANCO"), user)


def test_the_column_that_looks_like_an_address_is_found_only_where_it_is_the_only_one() -> None:
    assert columns.email_column(["a.ad_name", "a.ad_e_mail"]) == "a.ad_e_mail"
    assert columns.email_column(["a.ad_email", "a.ad_email2"]) == ""


def test_stamps_and_balances_do_not_count_as_changes() -> None:
    row = {"cm_mstr.cm_addr": "1", "cm_mstr.cm_mod_date": "2026-11-20", "cm_mstr.cm_balance": 5}
    assert columns.lasting(row) == {"cm_mstr.cm_addr": "1"}
