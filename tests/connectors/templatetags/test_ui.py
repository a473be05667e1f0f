"""The tags of our pages: what they say of states, times and numbers; that no markup gets through."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.db.models import TextChoices
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from connectors.models import Connection, RecordLink, SyncRun
from connectors.templatetags import ui_words as say
from connectors.templatetags.ui_charts import nice_ceiling, plot

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
SPRITE = Path(__file__).resolve().parents[3] / "templates" / "components" / "icons.svg"


def rendered(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize("states", [Connection.State, RecordLink.State, SyncRun.State, SyncRun.Verdict])
def test_every_state_of_our_models_has_a_tone_of_its_own(states: type[TextChoices]) -> None:
    missing = [state for state in states.values if state not in say.TONE_OF and state != "ended"]
    assert missing == []


def test_every_tone_has_a_shape() -> None:
    shapes = SPRITE.read_text()
    assert all(f'id="icon-{tone}"' in shapes for tone in say.TONES)


def test_a_state_nobody_listed_is_grey() -> None:
    assert "badge-off" in rendered("{% badge 'something_new' %}")


def test_a_badge_takes_the_words_of_the_model() -> None:
    html = rendered("{% badge state state.label %}", state=RecordLink.State.HELD)
    assert "badge-waiting" in html
    assert "Waits for another record" in html


def test_a_run_held_for_a_decision_needs_a_person() -> None:
    run = SyncRun(state="ended", verdict="held")
    assert "badge-attention" in rendered("{% run_badge run %}", run=run)


def test_a_run_that_goes_on_shows_what_it_is_doing() -> None:
    html = rendered("{% run_badge run %}", run=SyncRun(state="observing"))
    assert "badge-live" in html
    assert "Reading" in html


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (34, "34 seconds ago"),
        (61, "1 minute ago"),
        (7200, "2 hours ago"),
        (86400 * 13, "13 days ago"),
        (-3600, "in 1 hour"),
        (86400 * 14, None),
    ],
)
def test_relative_times_are_said_as_people_say_them(seconds: int, words: str | None) -> None:
    assert say.relative(NOW - timedelta(seconds=seconds), NOW) == words


def test_a_time_is_shown_in_the_zone_of_the_tenant_with_utc_in_its_title() -> None:
    with timezone.override(ZoneInfo("Europe/Zurich")):  # summer time has begun half an hour ago
        html = rendered("{% when moment %}", moment=NOW)
    assert "29 Mar 2026, 03:30" in html
    assert 'title="2026-03-29 01:30:00 UTC"' in html


def test_a_time_that_never_was_is_said_so() -> None:
    assert rendered("{% ago moment %}|{% when moment 'not yet' %}", moment=None) == "never|not yet"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0421, "42 ms"),
        (4.24, "4.2 s"),
        (59, "59 s"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_durations_are_short_and_exact_enough(value: float | timedelta, text: str) -> None:
    assert say.duration_text(value) == text


def test_what_a_template_does_not_have_is_a_dash_and_no_error() -> None:
    assert rendered("{{ a.b|number }} {{ a.b|duration }} {% ago a.b %}") == "– – never"  # noqa: RUF001


def test_a_count_that_is_not_known_is_no_zero() -> None:
    assert rendered("{{ a|number }} {{ b|number }} {{ c|number }}", a=None, b=0, c=1234567) == "– 0 1,234,567"  # noqa: RUF001


def test_one_is_singular() -> None:
    assert rendered("{{ n|plural:'record,records' }}", n=1) == "1 record"


@pytest.mark.parametrize(
    ("minutes", "cron", "text"),
    [
        (15, "", "Every 15 minutes"),
        (60, "", "Hourly"),
        (90, "", "Every 90 minutes"),
        (240, "", "Every 4 hours"),
        (0, "30 3 * * *", "Daily at 03:30"),
        (0, "0 5 * * 1", "Monday at 05:00"),
        (0, "0 5 * * 0", "Sunday at 05:00"),
        (0, "15 6 1 * *", "Monthly on day 1 at 06:15"),
        (0, "*/5 * * * *", "By cron: */5 * * * *"),
        (0, "0 5 1 * 1", "By cron: 0 5 1 * 1"),
        (0, "0 5 * * 1-5", "By cron: 0 5 * * 1-5"),
    ],
)
def test_schedules_are_said_in_words_where_words_are_shorter(minutes: int, cron: str, text: str) -> None:
    assert say.rhythm_text(minutes, cron) == text


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Sign In", "Log in"),
        ("Email Addresses", "E-mail addresses"),
        ("Two-Factor Authentication", "Two-step log-in"),
        ("IP Address", "IP address"),
        ("Designed In Bern", "Designed in bern"),
        ('<a href="/email/">Email</a>', '<a href="/email/">Email</a>'),
    ],
)
def test_the_words_of_the_log_in_library_become_ours(theirs: str, ours: str) -> None:
    assert say.plain_words(theirs) == ours


EVIL = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "source",
    [
        "{% badge 'ok' evil %}",
        "{% page_head title=evil lead=evil %}{{ evil }}{% endpage_head %}",
        "{% card title=evil lead=evil %}{{ evil }}{% endcard %}",
        "{% notice 'failed' title=evil %}{{ evil }}{% endnotice %}",
        "{% nothing title=evil text=evil %}{{ evil }}{% endnothing %}",
        "{% event 'ok' title=evil %}{{ evil }}{% endevent %}",
        "{% confirm id='x' title=evil action=evil submit=evil %}{{ evil }}{% endconfirm %}",
        "{% progress 1 2 label=evil unit=evil %}",
        "{% code evil label=evil %}",
        "{% chart evil labels series %}",
        "{% subnav evil items %}",
        "{% sort_header 'x' evil %}",
        "{{ evil|words }}{{ evil|plain_words }}",
        "{% include 'components/diff.html' with rows=rows rules=True %}",
        "{% include 'components/facts.html' with facts=items %}",
        "{% include 'components/secret.html' with label=evil is_set=True by=evil %}",
    ],
)
def test_no_component_lets_markup_through(source: str) -> None:
    html = rendered(
        source,
        evil=EVIL,
        labels=[EVIL],
        series=[(EVIL, "ok", [3])],
        items=[(EVIL, "/x/")],
        rows=[{"field": EVIL, "before": EVIL, "after": "x", "rule": EVIL}],
        request=RequestFactory().get("/", {"q": EVIL}),
    )
    assert "<script" not in html.lower()
    assert "script" in html.lower()


def test_the_page_one_is_on_is_marked_and_no_other() -> None:
    request = RequestFactory().get("/app/failures/7/")
    html = rendered("{% app_nav failures=3 %}", request=request)
    assert html.count("aria-current") == 1
    assert '<a href="/app/failures/" aria-current="page">Failures <span class="count">3</span></a>' in html


def test_settings_show_only_what_one_may_open() -> None:
    request = RequestFactory().get("/app/settings/team/")
    html = rendered("{% settings_nav %}", request=request, may={"view"})
    assert "Team" in html
    assert "API keys" not in html


def test_sorting_turns_round_and_keeps_the_filter_but_not_the_page() -> None:
    request = RequestFactory().get("/", {"state": "rejected", "sort": "key", "cursor": "abc"})
    html = rendered("{% sort_header 'key' 'Record' %}", request=request)
    assert 'aria-sort="ascending"' in html
    assert 'href="?state=rejected&amp;sort=-key"' in html


def test_a_field_is_joined_with_its_help_and_its_error() -> None:
    class Sample(forms.Form):
        name = forms.CharField(help_text="As on the invoice.")
        note = forms.CharField(required=False)

    html = rendered("{% fields form %}", form=Sample({"name": ""}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert html.count("(optional)") == 1


def test_progress_without_a_total_claims_no_share() -> None:
    html = rendered("{% progress 380 rate=95 %}")
    assert "<progress" in html
    assert "value=" not in html
    assert "%" not in html


def test_bars_stand_on_each_other_and_fit_under_the_top_of_the_scale() -> None:
    drawing = plot(["Mon"], [("Written", "ok", [30]), ("Not accepted", "failed", [10])])
    assert drawing["scale"] == [40, 20, 0]
    bars = drawing["bars"]
    assert isinstance(bars, list)
    assert [(bar.y, bar.height, bar.tone) for bar in bars] == [
        ("25.00", "75.00", "ok"),
        ("0.00", "25.00", "failed"),
    ]


def test_a_chart_of_nothing_is_still_a_chart() -> None:
    assert plot([], [("Written", "ok", [])])["bars"] == []
    assert nice_ceiling(0) == 4


def test_the_table_of_a_chart_has_the_numbers_of_its_bars() -> None:
    html = rendered("{% chart 'Records' labels series %}", labels=["Mon"], series=[("Written", "ok", [1204])])
    assert "<title>Mon: 1,204 written</title>" in html
    assert '<td class="num">1,204</td>' in html


def test_a_dialog_carries_the_token_its_form_needs() -> None:
    source = "{% confirm id='x' title='Remove?' action='/x/' submit='Remove 3 people' %}Sure?{% endconfirm %}"
    html = rendered(source, csrf_token="t0ken")
    assert 'name="csrfmiddlewaretoken" value="t0ken"' in html
    assert "Remove 3 people" in html


def test_a_recipes_cadence_is_said_in_words() -> None:
    cadence = SimpleNamespace(every_minutes=60, cron="")
    assert rendered("{{ cadence|rhythm }}", cadence=cadence) == "Hourly"
