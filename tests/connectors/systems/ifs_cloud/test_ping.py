"""What a person is told about a connection, and what streams go by afterwards."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.sdk.net import NetworkPolicy
from connectors.sdk.settings import is_secret
from connectors.sdk.system import Check, Outcome
from connectors.systems.ifs_cloud.metadata import Metadata
from connectors.systems.ifs_cloud.options import FlagOptions
from connectors.systems.ifs_cloud.settings import IfsCloudCredentials, IfsCloudSettings
from connectors.systems.ifs_cloud.system import IfsCloud
from tests.connectors.systems import accounts
from tests.connectors.systems.ifs_cloud.environment import Environment, Maker


def failed(checks: dict[str, Check]) -> list[str]:
    return [name for name, check in checks.items() if check.outcome is Outcome.FAILED]


def test_a_good_connection_is_described(environments: Maker) -> None:
    ifs = environments(text_attributes=("Cf_Marketing_Status", "Cf_Marketing_Engagement"))
    ifs.options = FlagOptions()
    checks = ifs.ping(company="10", site="S10", price_currency="SEK")
    assert {check.outcome for check in checks.values()} == {Outcome.OK}
    assert list(checks)[:2] == ["Address", "Log-in"]
    assert "180 seconds" in checks["Log-in"].text
    assert checks["Customers"].text.startswith("60 customers. Reading one took ")
    assert all(check.milliseconds > 0 for check in checks.values())
    found = ifs.findings
    assert (found["token_seconds"], found["customers"], found["orders"]) == (180, 60, 30)
    assert found["sites"] == ["S10"]
    assert found["missing_projections"] == []
    assert found["flags"] == {"Cf_Marketing_Status": True, "Cf_Marketing_Engagement": True}
    assert found["emails"]["flat"] == "CustomersHandling.svc/CommunicationMethods"
    assert "CommMethodCode'EMail'" in found["emails"]["condition"]
    assert found["customer_change"] is None
    assert found["order_date_type"] == "Edm.DateTimeOffset"


def test_a_wrong_secret_is_told_in_the_vendor_s_words_and_nothing_else_is_tried(ifs: Environment) -> None:
    ifs.credentials["client_secret"] = "wrong-secret"
    checks = ifs.ping()
    assert list(checks) == ["Address", "Log-in"]
    assert failed(checks) == ["Log-in"]
    assert "Invalid client or Invalid client credentials." in checks["Log-in"].text
    assert "Service Accounts" in checks["Log-in"].text
    assert len(ifs.sandbox.journal.calls(path="/auth/*")) == 1


@pytest.mark.parametrize(
    ("settings", "name", "text"),
    [
        ({"realm": "nordvik"}, "Log-in", "Realm does not exist."),
        ({"scope": "openid everything"}, "Log-in", "Invalid scopes: openid everything. Check the scope"),
        (
            {"base_url": "https://no-such-host.invalid"},
            "Address",
            "There is no host named no-such-host",
        ),
        ({"base_url": "http://127.0.0.1:9"}, "Address", "refused the connection"),
    ],
)
def test_wrong_settings_fail_where_they_matter(ifs: Environment, settings: Any, name: str, text: str) -> None:
    checks = ifs.ping(**settings)
    assert failed(checks) == [name]
    assert list(checks)[-1] == name
    assert text in checks[name].text


def test_a_private_address_is_refused_by_name(ifs: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "LOOPBACK", NetworkPolicy())
    for address in ("https://127.0.0.1", "https://10.1.2.3", "https://169.254.169.254"):
        (check,) = ifs.ping(base_url=address).values()
        assert "leads into a private network" in check.text
    (check,) = ifs.ping(base_url="http://93.184.216.34").values()
    assert "must begin with https://" in check.text


def test_each_projection_that_is_not_granted_is_named_with_what_to_do(environments: Maker) -> None:
    ifs = environments(forbidden=frozenset({"SalesPartHandling", "CompanyHandling"}))
    checks = ifs.ping(company="10")
    assert failed(checks) == ["Projection SalesPartHandling"]
    assert checks["Projection CompanyHandling"].outcome is Outcome.WARNING
    text = checks["Projection SalesPartHandling"].text
    assert "Granted Projections, add SalesPartHandling" in text
    assert "no access to the projection 'SalesPartHandling'" in text
    assert "Sales parts" not in checks
    assert "Company" not in checks
    assert checks["Customers"].outcome is Outcome.OK
    assert ifs.findings["missing_projections"] == ["CompanyHandling", "SalesPartHandling"]


def test_the_other_deployment_may_lack_a_projection(ifs: Environment) -> None:
    checks = ifs.ping(deployment="int")
    assert "There is no projection CustomerHandling under /int" in checks["Projection CustomerHandling"].text
    assert checks["Projection CustomersHandling"].outcome is Outcome.OK
    assert ifs.findings["emails"]["flat"] == "CustomersHandling.svc/CommunicationMethods"


@pytest.mark.parametrize(
    ("settings", "name", "text"),
    [
        ({"company": "77"}, "Company", "There is no company 77"),
        ({"company": "77"}, "Sites", "Company 77 shows no sites"),
        ({"site": "S10,S99"}, "Sites", "There is no site S99"),
        ({"company": "10", "site": "S20"}, "Sites", "Site S20 belongs to another company than 10"),
        ({"price_attribute": "Cf_Price"}, "Sales parts", "have no attribute Cf_Price"),
        ({"order_date_attribute": "Entered"}, "Orders", "have no attribute Entered"),
        ({"order_change_attribute": "Nope"}, "Changed orders", "Orders cannot be filtered by Nope"),
    ],
)
def test_settings_that_do_not_fit_the_data_are_told(
    ifs: Environment, settings: Any, name: str, text: str
) -> None:
    check = ifs.ping(**settings)[name]
    assert check.outcome in {Outcome.WARNING, Outcome.FAILED}
    assert text in check.text


def test_a_user_who_sees_nothing_is_told_so(environments: Maker) -> None:
    ifs = environments(orders=0, customers=0)
    checks = ifs.ping()
    assert checks["Orders"].text == "The service user sees no orders."
    assert "allowed companies and sites" in checks["Orders"].advice
    assert ifs.read("customers")[-1].done


def test_missing_flag_attributes_are_a_warning_with_advice(ifs: Environment) -> None:
    ifs.options = FlagOptions()
    check = ifs.ping()["Flags"]
    assert check.outcome is Outcome.WARNING
    assert "no attribute Cf_Marketing_Engagement" in check.text
    assert "create custom attributes of CustomerInfo" in check.advice
    assert check.found == {"flags": {"Cf_Marketing_Status": True, "Cf_Marketing_Engagement": False}}


def test_ping_does_without_a_description_of_projections(environments: Maker) -> None:
    ifs = environments(change_attribute="Cf_Changed_At")
    ifs.sandbox.faults.add("*$metadata", "html", times=None)
    checks = ifs.ping()
    assert not failed(checks)
    assert ifs.findings["customer_change"] == {"attribute": "Cf_Changed_At", "type": "Edm.DateTimeOffset"}
    assert ifs.findings["emails"]["flat"]


def test_a_method_that_is_not_described_is_found_by_reading_all(environments: Maker) -> None:
    """Values of a customer's own need not be among those `$metadata` lists."""
    ifs = environments(email_method="E_MAIL")
    for method in ("", "E_MAIL"):
        ifs.ping(email_method=method)
        assert "MethodId" not in ifs.findings["emails"]["condition"]
        (row, *_) = ifs.read("customers", email_method=method)[0].rows
        assert row.raw["emails"][0]["MethodId"] == "E_MAIL"


@pytest.mark.parametrize(
    "path", ["", "/", "/main/ifsapplications/web/page/Customers", "/landing-page", "/int/ifsapplications"]
)
def test_an_address_pasted_from_the_browser_is_cut_to_its_host(path: str) -> None:
    settings = IfsCloudSettings(base_url=f"https://acme.ifs.cloud:48080{path}", realm="acme1")
    assert settings.base_url == "https://acme.ifs.cloud:48080"
    assert settings.service_root == "https://acme.ifs.cloud:48080/main/ifsapplications/projection/v1"
    token_path = "/auth/realms/acme1/protocol/openid-connect/token"
    assert settings.log_in_url == f"https://acme.ifs.cloud:48080{token_path}"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"base_url": "acme.ifs.cloud"}, "beginning with https://"),
        ({"base_url": "ftp://acme.ifs.cloud"}, "beginning with https://"),
        ({"base_url": "https://user:pw@acme.ifs.cloud"}, "leave user names and passwords out"),
        ({"base_url": "https://acme.ifs.cloud?x=1"}, "leave everything from"),
        ({"realm": ""}, "Enter the realm, or the whole token URL"),
        ({"realm": "a/b"}, "pattern"),
        ({"server_time_zone": "Stockholm"}, "no time zone we know"),
        ({"page_size": 5001}, "less than or equal to 5000"),
        ({"customers_set": "CustomersHandling/CustomerInfoSet"}, "pattern"),
        ({"customer_change_attribute": "Cf Changed"}, "pattern"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        IfsCloudSettings(**{"base_url": "https://acme.ifs.cloud", "realm": "acme1", **values})


def test_every_field_explains_itself_and_only_the_secret_is_secret() -> None:
    for model in (IfsCloudSettings, IfsCloudCredentials, FlagOptions):
        for name, field in model.model_fields.items():
            assert field.title, name
            assert field.description, name
            assert is_secret(model, name) == (name == "client_secret"), name


def test_the_budget_follows_the_settings_and_the_account() -> None:
    settings = IfsCloudSettings(
        base_url="https://ACME.ifs.cloud", realm="r", requests_per_minute=200, concurrent=2
    )
    credentials = IfsCloudCredentials(client_id="MLC", client_secret="very-secret")
    limits = IfsCloud.limits(settings)
    assert (limits.per_minute, limits.burst, limits.concurrent) == (200, 10, 2)
    assert IfsCloud.account_key(settings, credentials) == "acme.ifs.cloud/MLC"


def test_a_description_that_declares_entities_is_not_parsed() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><edmx:Edmx/>'
    with pytest.raises(Exception, match="cannot read"):
        Metadata.parsed(bomb)
    with pytest.raises(Exception, match="cannot read"):
        Metadata.parsed(b"<html><p>Sign in")


def test_no_secret_is_in_what_ping_says_or_calls_leave(ifs: Environment) -> None:
    said = repr(list(ifs.ping().values())) + repr(ifs.calls) + repr(ifs.findings)
    assert "ifs-sandbox-secret" not in said
    assert "eyJ" not in said
