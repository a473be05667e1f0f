"""What the settings refuse, and that people are told what each is for."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.recipes.infor_mailchimp import RECIPE
from connectors.systems.infor.options import LINE_LAYOUT, ReceivableOptions, positions
from connectors.systems.infor.settings import InforCredentials, InforSettings
from connectors.systems.infor.system import Infor
from sandboxes.infor import Options


def test_m3_wants_to_know_its_company() -> None:
    with pytest.raises(ValidationError, match="Enter the M3 company"):
        InforSettings()


def test_industrial_wants_to_know_its_configuration() -> None:
    with pytest.raises(ValidationError, match="Enter the configuration"):
        InforSettings(product="csi")
    assert not InforSettings(product="csi", csi_config="ACME_DALS").is_m3


@pytest.mark.parametrize(
    "wrong",
    [
        {"company": "1000"},
        {"company": "1OO"},
        {"division": "A/A"},
        {"m3_email": "mail"},
        {"m3_suite": "M3/../FSM"},
        {"server_time_zone": "Mars/Olympus"},
        {"csi_config": "A\r\nX-Evil: 1"},
        {"csi_customers": "SL Customers"},
        {"csi_customer_properties": {"name": "Name; DROP"}},
        {"csi_customer_properties": {"name": "Name", "shoe_size": "Uf_Shoe"}},
        {"csi_customer_properties": {"email": "Email"}},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InforSettings(**{"company": "100", **wrong})


def test_every_setting_and_option_says_what_it_is() -> None:
    fields = {**InforSettings.model_fields, **InforCredentials.model_fields}
    for part in RECIPE.options_model.__bases__:
        if part.__module__ == "connectors.systems.infor.options":
            fields |= part.model_fields  # type: ignore[attr-defined]
    untold = [name for name, info in fields.items() if not info.title or not info.description]
    assert untold == []


def test_the_budget_is_of_the_tenant_and_holds_no_secret() -> None:
    options = Options()
    credentials = InforCredentials(ionapi=options.ionapi())
    settings = InforSettings(company="100", requests_per_minute=60)
    key = Infor.account_key(settings, credentials)
    assert key == "mingle-ionapi.eu1.inforcloudsuite.com/nordvik_prd"
    assert Infor.limits(settings).per_minute == 60
    assert Infor.limits(settings).burst <= 6


@pytest.mark.parametrize(
    "layout",
    [
        ("CUNO 1-10", "CINO 10-20", "CUAM 21-30"),
        ("CUNO 1-10", "CINO 11-25"),
        ("CUNO 1-10", "CINO 11-25", "CUAM 26-300"),
        ("CUNO", "CINO 11-25", "CUAM 26-30"),
    ],
)
def test_a_layout_that_cannot_be_written_is_refused(layout: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        ReceivableOptions(ar_line_layout=layout)


def test_the_layout_is_read_as_administrators_tell_it() -> None:
    assert positions(LINE_LAYOUT) == {
        name: (start, start + length - 1) for name, start, length in Options().journal_layout.fields
    }


def test_the_recipe_brings_customers_by_default_and_nothing_back() -> None:
    assert [flow.code for flow in RECIPE.flows if flow.on_by_default] == ["customers"]
    for flow in RECIPE.flows:
        writes_here = RECIPE.system_of(RECIPE.writes_to(flow)) == "infor"
        assert not writes_here or all(target.sink in Infor.sinks for target in flow.targets)
        assert writes_here or flow.stream in Infor.streams
