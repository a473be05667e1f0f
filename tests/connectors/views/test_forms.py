"""Forms that derive from models, and schedules there and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from connectors.forms.connections import credentials_form, settings_form
from connectors.forms.derived import DerivedForm
from connectors.forms.integrations import options_form
from connectors.forms.schedule import ScheduleForm, initial_of, schedule_words
from connectors.forms.words import told
from connectors.models import Integration, SyncJob
from connectors.recipes import recipe
from connectors.services import connections, integrations
from connectors.systems import SYSTEMS
from connectors.systems.ifs_cloud.settings import IfsCloudSettings
from sandboxes.mailchimp import CUSTOMERS
from tenants.models import Role
from tests.connectors.views.conftest import ClientOf
from tests.worlds import World


def test_every_setting_is_asked_with_its_help_and_rare_ones_are_folded() -> None:
    form = settings_form("ifs_cloud")
    assert set(form.fields) == set(IfsCloudSettings.model_fields)
    assert form.fields["base_url"].label == "Address"
    assert "https://acme.ifs.cloud" in form.fields["base_url"].help_text
    folded = {bound.name for bound in form.advanced_fields}
    assert "page_size" in folded
    assert "base_url" not in folded


def test_what_the_model_refuses_is_said_at_its_field_in_plain_words() -> None:
    form = settings_form(
        "ifs_cloud",
        {
            "settings-base_url": "ftp://acme",
            "settings-realm": "acme",
            "settings-page_size": "9",
            "settings-overlap_minutes": "1",
        },
    )
    assert not form.is_valid()
    assert form.errors["overlap_minutes"]
    again = settings_form("ifs_cloud", {**_filled(), "settings-base_url": "ftp://acme.example"})
    assert not again.is_valid()
    assert again.errors["base_url"] == ["Write the whole address, beginning with https://"]


def _filled() -> dict[str, str]:
    form = settings_form("ifs_cloud")
    values = {
        f"settings-{name}": str(value) for name, value in form.initial.items() if value not in (None, False)
    }
    return values | {"settings-base_url": "https://acme.example", "settings-realm": "acme"}


def test_a_filled_form_gives_exactly_the_models_values() -> None:
    form = settings_form("ifs_cloud", _filled())
    assert form.is_valid(), form.errors
    model = IfsCloudSettings.model_validate(form.values())
    assert model.base_url == "https://acme.example"
    assert model == IfsCloudSettings(base_url="https://acme.example", realm="acme")


def test_a_secret_is_never_filled_in() -> None:
    form = credentials_form("mailchimp", {"credentials-api_key": "typed-us6"})
    assert form.is_valid()
    assert "typed-us6" not in str(form)
    assert "access_token" not in form.fields


def test_audiences_and_their_fields_are_offered_as_the_ping_found_them(scene: World) -> None:
    form = options_form(scene.integration)
    audiences = dict(form.fields["audience_id"].choices)  # type: ignore[attr-defined]  # a choice field
    assert CUSTOMERS in audiences
    assert "FNAME" in dict(form.fields["first_name_tag"].choices)  # type: ignore[attr-defined]  # likewise
    assert form.initial["audience_id"] == CUSTOMERS


def sent(form: Any, **values: str) -> dict[str, str]:
    """A form as a browser sends it, with some fields changed."""
    prefix = f"{form.prefix}-" if form.prefix else ""
    plain = {
        prefix + name: str(value)
        for name, value in form.initial.items()
        if value is not None and value is not False and not isinstance(value, dict | list)
    }
    return plain | {prefix + name: value for name, value in values.items()}


def test_what_is_asked_of_infor_depends_on_the_product_and_is_short() -> None:
    form = settings_form("infor")
    m3 = settings_form("infor", sent(form))
    assert m3.errors == {"company": ["Enter this."]}
    csi = settings_form("infor", sent(form, product="csi"))
    assert set(csi.errors) == {"csi_config"}
    open_fields = [row.bound.name for group in form.groups if not group.part.folded for row in group.rows]
    assert open_fields == ["product", "company", "division", "csi_config"]
    conditions = {row.bound.name: row.when for group in form.groups for row in group.rows}
    assert conditions["csi_config"] == "settings-product=csi"


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_every_setting_of_every_system_is_asked_exactly_once(system: str) -> None:
    form = settings_form(system)
    asked = [row.bound.name for group in [*form.groups, *form.advanced] for row in group.rows]
    assert sorted(asked) == sorted(form.fields)
    assert len(asked) - len(form.advanced_fields) <= 22, "the rest belongs under what rarely needs a change"


def test_a_choice_is_explained_where_it_stands() -> None:
    lead, said = told(
        "How one logs in. basic: with each call. cookie, oauth: once.", ["basic", "cookie", "oauth"]
    )
    assert lead == "How one logs in."
    assert said == {"basic": "with each call.", "cookie": "once.", "oauth": "once."}
    shown = str(settings_form("qad")["session_kind"])
    assert shown.count('type="radio"') == 4
    assert "oauth_body:" not in shown


BACKEND = (
    '{"ti": "T", "ci": "c", "cs": "%s", "iu": "https://a.example", "pu": "https://b.example/", "ot": "t"'
)
WEB_APP = BACKEND % "web-secret" + "}"
SERVICE = BACKEND % "back-secret" + ', "saak": "key", "sask": "service-secret"}'


def upload(text: str | bytes) -> dict[str, SimpleUploadedFile]:
    content = text.encode() if isinstance(text, str) else text
    return {"credentials-ionapi-file": SimpleUploadedFile("a.ionapi", content)}


def test_an_ionapi_file_is_uploaded_or_pasted_and_never_shown_again() -> None:
    for data, files in (({}, upload(SERVICE)), ({"credentials-ionapi": SERVICE}, {})):
        form = credentials_form("infor", data, files)
        assert form.is_valid(), form.errors
        assert form.values() == {"ionapi": SERVICE}
        assert "secret" not in str(form)
        assert form.is_multipart()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (WEB_APP, "Backend Service"),
        ("not json", "no .ionapi file"),
        (b"\xff\xfe{", "no text file"),
        ("x" * 70_000, "large"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason_at_its_field(content: str | bytes, said: str) -> None:
    form = credentials_form("infor", {}, upload(content))
    assert not form.is_valid()
    assert said in form.errors["ionapi"][0]
    assert "web-secret" not in str(form)


def test_standings_are_chosen_one_by_one_and_what_goes_without_saying_is_not_kept() -> None:
    options = recipe("syspro_mailchimp").options_model
    chosen = {"standing_actions.on_hold": "unsubscribe", "standing_actions.active": "keep"}
    form = DerivedForm(options, sent(DerivedForm(options), audience_id="abc", **chosen))
    assert form.is_valid(), form.errors
    assert form.values()["standing_actions"] == {"on_hold": "unsubscribe"}
    again = str(DerivedForm(options, stored=form.values())["standing_actions"])
    assert '<label for="id_standing_actions.on_hold">On hold</label>' in again
    assert '<option value="unsubscribe" selected>' in again
    forged = DerivedForm(options, sent(form, audience_id="abc", **{"standing_actions.on_hold": "delete"}))
    assert "standing_actions" in forged.errors


def test_a_table_with_names_of_ones_own_keeps_its_order_and_offers_rows_to_add() -> None:
    options = recipe("qad_mailchimp").options_model
    shown = str(DerivedForm(options)["financial_status"])
    assert shown.index('value="open"') < shown.index('value="invoiced"')
    assert shown.count('value="" aria-label="Order state"') == 2
    rows = {"financial_status.0.name": "R", "financial_status.0.value": "paid", "financial_status.1.name": ""}
    form = DerivedForm(
        options, sent(DerivedForm(options), audience_id="a", store_id="s", store_currency="USD", **rows)
    )
    assert form.is_valid(), form.errors
    assert form.values()["financial_status"] == {"R": "paid"}


def test_suppliers_and_orders_are_chosen_among_what_the_ping_found(scene: World) -> None:
    scene.mailchimp.mutate("add_shop", store_id="webshop", currency="EUR")
    connections.ping(scene.destination)
    infor = Integration(
        recipe_code="infor_mailchimp", source=scene.source, destination=scene.destination, options={}
    )
    form = options_form(infor)
    suppliers, stores = (
        dict(form.fields[name].choices)  # type: ignore[attr-defined]  # choice fields
        for name in ("supplier_audience_id", "orders_store_id")
    )
    assert CUSTOMERS in suppliers
    assert suppliers[""].startswith("None")
    assert "webshop" in stores
    assert stores[""].startswith("None")


SCHEDULES: list[tuple[dict[str, Any], str]] = [
    ({"every_minutes": 15}, "every 15 minutes"),
    ({"every_minutes": 120}, "every 2 hours"),
    ({"cron": "5 * * * *"}, "every hour, 5 minutes past"),
    ({"cron": "0 6 * * *"}, "every day at 06:00, Berlin time"),
    ({"cron": "30 5 * * 0"}, "every Sunday at 05:30, Berlin time"),
    ({"cron": "0 6 3 * *"}, "every month on day 3 at 06:00, Berlin time"),
    ({"cron": "*/7 6-8 * * 1-5"}, "by the cron line */7 6-8 * * 1-5, Berlin time"),
    ({}, "only when started by hand"),
]


def test_a_schedule_is_said_in_words_and_survives_its_form(scene: World) -> None:
    for chosen, words in SCHEDULES:
        job = integrations.set_schedule(scene.job("customers"), blackout_days=[7, "2026-12-24"], **chosen)
        job = scene.job("customers")
        assert schedule_words(job) == words
        shown = {name: value for name, value in initial_of(job).items() if value is not None}
        form = ScheduleForm(job, {**shown, "time": f"{shown['time']:%H:%M}"})
        assert form.is_valid(), (words, form.errors)
        integrations.set_schedule(job, **form.chosen())
        assert schedule_words(scene.job("customers")) == words
        assert scene.job("customers").blackout_days == [7, "2026-12-24"]


def test_a_rhythm_needs_its_own_fields_and_no_others(scene: World) -> None:
    job = scene.job("customers")
    assert ScheduleForm(job, {"kind": "minutes", "minutes": "5"}).is_valid()
    assert set(ScheduleForm(job, {"kind": "weekly", "minutes": "5"}).errors) == {"weekday", "time"}


@pytest.mark.parametrize(
    "row", [{"source": "name"}, {"field": "x"}, {"field": "x", "source": "a", "value": "b"}]
)
def test_a_rule_that_makes_no_sense_comes_back(scene: World, as_: ClientOf, row: dict[str, str]) -> None:
    url = reverse("connectors:fields", args=[scene.job("customers").pk, "audience_members"])
    data = {"rules-TOTAL_FORMS": "1", "rules-INITIAL_FORMS": "0", "rules-0-mode": "always"}
    answer = as_(Role.ADMIN).post(url, data | {f"rules-0-{name}": value for name, value in row.items()})
    assert answer.status_code == 422
    assert SyncJob.objects.get(pk=scene.job("customers").pk).mapping_version == 1


def test_a_rule_is_kept_and_shown_among_those_in_force(scene: World, as_: ClientOf) -> None:
    url = reverse("connectors:fields", args=[scene.job("customers").pk, "audience_members"])
    data = {
        "rules-TOTAL_FORMS": "2",
        "rules-INITIAL_FORMS": "0",
        "rules-0-field": "merge_fields.FNAME",
        "rules-0-source": "extra.Nickname",
        "rules-0-default": "you",
        "rules-0-mode": "if_new",
    }
    admin = as_(Role.ADMIN)
    assert admin.post(url, data).status_code == 302
    assert scene.job("customers").overrides["audience_members"][0]["default"] == "you"
    text = admin.get(url).content.decode()
    assert "extra.Nickname" in text
    assert "only on new records" in text
