"""Sample data for templates/styleguide.html, so that the page shows every component by itself."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms, template
from django.utils import timezone

from connectors.templatetags.ui_words import TONE_OF, TONES

register = template.Library()

SCHEDULE_KINDS = [
    ("minutes", "Every few minutes"),
    ("hourly", "Hourly"),
    ("daily", "Daily"),
    ("weekly", "Weekly"),
    ("monthly", "Monthly"),
    ("cron", "Cron"),
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ANSWER = """{
  "type": "https://mailchimp.com/developer/marketing/docs/errors/",
  "title": "Invalid Resource",
  "status": 400,
  "detail": "The resource submitted could not be validated.",
  "errors": [{"field": "email_address", "message": "This value should be a valid email."}]
}"""


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="Shown to your colleagues in lists and messages.")
    base_url = forms.URLField(
        assume_scheme="https",
        label="Base URL",
        help_text="Copy it from the address bar of IFS Cloud, up to and without <code>/main</code>.",
    )
    audience = forms.ChoiceField(
        choices=[("", "Choose an audience"), ("a", "Newsletter"), ("b", "Customers")]
    )
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    mode = forms.ChoiceField(
        label="When Mailchimp already has a value",
        choices=[("always", "Replace it"), ("empty", "Keep it, fill only what is empty")],
        widget=forms.RadioSelect,
    )
    consent = forms.BooleanField(
        label="Write unsubscribes back to the ERP",
        required=False,
        help_text="Off at first. Nothing is deleted.",
    )


class ScheduleForm(forms.Form):
    """The names the schedule picker knows."""

    kind = forms.ChoiceField(choices=SCHEDULE_KINDS, widget=forms.RadioSelect)
    minutes = forms.IntegerField(label="Every … minutes", min_value=5)
    minute = forms.IntegerField(label="At minute", min_value=0, max_value=59)
    time = forms.TimeField(label="At", widget=forms.TimeInput(attrs={"type": "time"}))
    weekday = forms.ChoiceField(label="On", choices=[(str(i), day) for i, day in enumerate(WEEKDAYS)])
    day = forms.IntegerField(label="On day", min_value=1, max_value=28)
    cron = forms.CharField(
        label="Cron expression", help_text="Minute, hour, day of month, month, day of week."
    )
    again_soon = forms.BooleanField(label="Run again at once while many records are changing", required=False)


@register.simple_tag
def styleguide_samples() -> SimpleNamespace:
    """Everything the page needs."""
    now = timezone.now()
    ended = SimpleNamespace(verdict="held", get_verdict_display=lambda: "Waits for your decision")
    days = [f"{now - timedelta(days=29 - i):%-d %b}" for i in range(30)]
    wrong = SampleForm({"name": "", "base_url": "ifs", "audience": "", "mode": "always", "consent": "on"})
    wrong.is_valid()
    return SimpleNamespace(
        now=now,
        run=ended,
        cadences=[
            SimpleNamespace(every_minutes=60, cron=""),
            SimpleNamespace(every_minutes=0, cron="0 5 * * 1"),
        ],
        seconds_ago=now - timedelta(seconds=34),
        minutes_ago=now - timedelta(minutes=3, seconds=12),
        days_ago=now - timedelta(days=2),
        weeks_ago=now - timedelta(days=40),
        soon=now + timedelta(minutes=18),
        tones=TONES,
        states=[name for name in TONE_OF if name not in TONES],
        form=SampleForm(initial={"mode": "empty", "name": "IFS production"}),
        wrong=wrong,
        schedule=ScheduleForm(initial={"kind": "weekly", "weekday": "0", "time": "06:30", "minutes": 15}),
        slots=[now + timedelta(days=7 * i) for i in range(1, 4)],
        days=days,
        series=[
            ("Written", "ok", [180 + (i * 53) % 140 for i in range(30)]),
            ("Not accepted", "failed", [(i * 7) % 31 if i % 4 == 0 else 0 for i in range(30)]),
        ],
        diff=[
            {"field": "Company", "before": "Muster AG", "after": "Muster AG", "rule": "CustomerName"},
            {
                "field": "E-mail",
                "before": "info@muster",
                "after": "info@muster.example",
                "rule": "Default e-mail",
            },
            {"field": "Phone", "before": "+41 44 000 00 00", "after": "", "rule": "Default phone"},
            {"field": "Language", "before": None, "after": "de", "rule": "Fixed value"},
        ],
        facts=[
            ("Customer number", "C-10418"),
            ("Mailchimp id", "5f2b9d5c9e0d4a3c8b7a6f5e4d3c2b1a"),
            ("State", "Switzerland"),
        ],
        page=SimpleNamespace(words="Records 51 to 100 of 12,418", previous="a", next="b"),
        crumbs=[("Integrations", "#"), ("IFS Cloud to Mailchimp", "#")],
        tabs=[("Customers", "#customers"), ("Orders", "#orders"), ("Consent", "#consent")],
        answer=ANSWER,
    )
