"""A job's schedule as people say it, and back into what the job keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django import forms
from django_celery_beat.models import CrontabSchedule

from connectors.models import SyncJob

KINDS = [
    ("minutes", "Every few minutes"),
    ("hourly", "Hourly"),
    ("daily", "Daily"),
    ("weekly", "Weekly"),
    ("monthly", "Monthly"),
    ("cron", "Cron line"),
    ("hand", "Only by hand"),
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
LAST_DAY = 28
_DAYS = [(str(number), name) for number, name in enumerate(WEEKDAYS, 1)]
_NEEDED: dict[str, list[str]] = {
    "minutes": ["minutes"],
    "hourly": ["minute"],
    "daily": ["time"],
    "weekly": ["weekday", "time"],
    "monthly": ["day", "time"],
    "cron": ["cron"],
    "hand": [],
}


class ScheduleForm(forms.Form):
    """The names the schedule picker knows, and what goes with them."""

    kind = forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect)
    minutes = forms.IntegerField(label="Every … minutes", min_value=1, max_value=44640)
    minute = forms.IntegerField(label="At minute", min_value=0, max_value=59)
    time = forms.TimeField(label="At", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    weekday = forms.ChoiceField(label="On", choices=_DAYS)
    day = forms.IntegerField(label="On day", min_value=1, max_value=LAST_DAY)
    cron = forms.CharField(
        label="Cron line", max_length=100, help_text="Minute, hour, day of month, month, day of week."
    )
    quiet_days = forms.MultipleChoiceField(
        label="Never on",
        choices=_DAYS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    quiet_dates = forms.CharField(
        label="Nor on these dates",
        required=False,
        help_text="For example 2026-12-24, 2026-12-25. What is due then waits for the next time.",
    )
    busy_minutes = forms.IntegerField(
        label="When much changed, come back after … minutes",
        min_value=0,
        max_value=1440,
        required=False,
        help_text="So that a busy day is not kept waiting. Empty: no sooner than planned.",
    )
    busy_records = forms.IntegerField(
        label="Much is, from … records on", min_value=1, max_value=1_000_000, required=False
    )

    def __init__(self, job: SyncJob, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial_of(job))
        if data is not None:  # only what belongs to the chosen rhythm has to be filled in
            needed = _NEEDED.get(data.get("kind", ""), [])
            for name in {name for names in _NEEDED.values() for name in names}.difference(needed):
                self.fields[name].required = False

    def clean_quiet_dates(self) -> list[str]:
        """ISO dates."""
        parts = self.cleaned_data["quiet_dates"].replace(",", " ").split()
        try:
            return [date.fromisoformat(part).isoformat() for part in parts]
        except ValueError as error:
            raise forms.ValidationError("Write dates as 2026-12-24, separated by commas.") from error

    def chosen(self) -> dict[str, Any]:
        """What `integrations.set_schedule` takes."""
        values = self.cleaned_data
        return {
            "every_minutes": values["minutes"] if values["kind"] == "minutes" else 0,
            "cron": self._cron(),
            "blackout_days": [*map(int, values["quiet_days"]), *values["quiet_dates"]],
            "busy_minutes": values["busy_minutes"] or 0,
            "busy_records": values["busy_records"] or 100,
        }

    def _cron(self) -> str:
        values = self.cleaned_data
        at = values["time"]
        clock = f"{at.minute} {at.hour}" if at else ""
        match values["kind"]:
            case "hourly":
                return f"{values['minute']} * * * *"
            case "daily":
                return f"{clock} * * *"
            case "weekly":
                return f"{clock} * * {int(values['weekday']) % 7}"
            case "monthly":
                return f"{clock} {values['day']} * *"
            case "cron":
                return " ".join(values["cron"].split())
            case _:
                return ""


def initial_of(job: SyncJob) -> dict[str, Any]:
    """The form's fields as the job's schedule fills them; the others carry a sensible start."""
    days = job.blackout_days
    return {
        "minutes": 60,
        "minute": 0,
        "time": time(6, 0),
        "weekday": "1",
        "day": 1,
        **_rhythm(job),
        "quiet_days": [str(day) for day in days if isinstance(day, int)],
        "quiet_dates": ", ".join(day for day in days if isinstance(day, str)),
        "busy_minutes": job.busy_minutes or None,
        "busy_records": job.busy_records,
    }


def _rhythm(job: SyncJob) -> dict[str, Any]:
    """The job's schedule as fields of the form."""
    if job.interval:
        return {"kind": "minutes", "minutes": round(job.interval.schedule.run_every.total_seconds() / 60)}
    if not job.crontab:
        return {"kind": "hand"}
    line = job.crontab
    text = f"{line.minute} {line.hour} {line.day_of_month} {line.month_of_year} {line.day_of_week}"
    return _plain_rhythm(line) or {"kind": "cron", "cron": text}


def _plain_rhythm(line: CrontabSchedule) -> dict[str, Any] | None:
    """A cron line as one of the rhythms people know; None where it is more than that."""
    minute, hour, day, weekday = line.minute, line.hour, line.day_of_month, line.day_of_week
    if line.month_of_year != "*" or not minute.isdigit():
        return None
    if (hour, day, weekday) == ("*", "*", "*"):
        return {"kind": "hourly", "minute": int(minute)}
    rhythm: dict[str, Any] | None = None
    if (day, weekday) == ("*", "*"):
        rhythm = {"kind": "daily"}
    elif day == "*" and weekday.isdigit():
        rhythm = {"kind": "weekly", "weekday": str(int(weekday) or 7)}
    elif weekday == "*" and day.isdigit() and int(day) <= LAST_DAY:
        rhythm = {"kind": "monthly", "day": int(day)}
    return {**rhythm, "time": time(int(hour), int(minute))} if rhythm and hour.isdigit() else None


def schedule_words(job: SyncJob) -> str:
    """`every day at 06:00, Berlin time`."""
    rhythm = _rhythm(job)
    if rhythm["kind"] == "minutes":
        return _every(rhythm["minutes"])
    if rhythm["kind"] == "hourly":
        return "every hour" if not rhythm["minute"] else f"every hour, {rhythm['minute']} minutes past"
    if rhythm["kind"] == "hand":
        return "only when started by hand"
    days = {
        "daily": "every day",
        "weekly": f"every {WEEKDAYS[int(rhythm.get('weekday', 1)) - 1]}",
        "monthly": f"every month on day {rhythm.get('day')}",
        "cron": f"by the cron line {rhythm.get('cron')}",
    }
    at = f" at {rhythm['time']:%H:%M}" if "time" in rhythm else ""
    return f"{days[rhythm['kind']]}{at}, {job.zone.key.rpartition('/')[2].replace('_', ' ')} time"


def _every(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours and not rest:
        return "every hour" if hours == 1 else f"every {hours} hours"
    return "every minute" if minutes == 1 else f"every {minutes} minutes"
