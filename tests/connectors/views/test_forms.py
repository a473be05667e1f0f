"""Forms that derive from models, and schedules there and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from connectors.forms.connections import credentials_form, settings_form
from connectors.forms.integrations import options_form
from connectors.forms.schedule import ScheduleForm, initial_of, schedule_words
from connectors.models import SyncJob
from connectors.services import integrations
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
