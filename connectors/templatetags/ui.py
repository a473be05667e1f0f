"""The tags our pages are built from: states, times, numbers, and the components.

Each component's markup is in templates/components/, and the README there shows them all with examples.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connectors.templatetags import ui_words as say
from connectors.templatetags.ui_charts import Series, plot

register = template.Library()

# The tenant's pages, in the order people need them.
APP_PAGES = (
    ("Overview", "app/"),
    ("Integrations", "app/integrations/"),
    ("Records", "app/records/"),
    ("Failures", "app/failures/"),
    ("Activity", "app/activity/"),
    ("Settings", "app/settings/"),
)
# Likewise, with what one must be allowed to do to be let in.
SETTINGS_PAGES = (
    ("Connections", "app/settings/connections/", "view"),
    ("Organisation", "app/settings/organisation/", "configure"),
    ("Team", "app/settings/team/", "view"),
    ("API keys", "app/settings/api-keys/", "manage_credentials"),
    ("Your account", "accounts/email/", "view"),
)
NONE = "\N{EN DASH}"
Missing = str | None  # a template hands over "" for what is not there


# ---- States ----------------------------------------------------------------------------------------------

register.filter("tone", say.tone_of)
register.filter("words", say.words_of)
register.filter("plain_words", say.plain_words)


@register.simple_tag
def badge(state: object, label: str = "", tone: str = "") -> SafeString:
    """`{% badge link.state link.get_state_display %}`; a tone is a state too: `{% badge "ok" "Set" %}`."""
    live = say.key_of(state) in say.LIVE
    values = {"tone": tone or say.tone_of(state), "label": label or say.words_of(state), "live": live}
    return render_to_string("components/badge.html", values)


@register.simple_tag
def run_badge(run: Any) -> SafeString:
    """A run's verdict once it has ended, its state until then. A held run waits for a person."""
    if not run.verdict:
        return badge(run.state, run.get_state_display())
    tone = "attention" if run.verdict == "held" else ""
    return badge(run.verdict, run.get_verdict_display(), tone)


@register.inclusion_tag("components/icon.html")
def icon(name: str, tone: str = "") -> dict[str, str]:
    """A shape of templates/components/icons.svg. It is decoration: the words stand beside it."""
    return {"name": name, "class": f"tone-{tone}" if tone else ""}


# ---- Times and numbers -----------------------------------------------------------------------------------


@register.simple_tag
def ago(moment: datetime | Missing, never: str = "never") -> SafeString | str:
    """`3 minutes ago`, kept true by static/app.js; the title has the tenant's time and the exact UTC."""
    if not isinstance(moment, datetime):
        return never
    near = say.relative(moment, timezone.now())
    title = f"{say.local_text(moment)} ({say.exact_text(moment)})"
    marker = SafeString(" data-ago") if near else ""
    iso = moment.astimezone(UTC).isoformat()
    text = near or say.local_text(moment)
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', iso, title, marker, text)


@register.simple_tag
def when(moment: datetime | Missing, never: str = "never") -> SafeString | str:
    """`20 Nov 2026, 18:48 · 3 minutes ago` in the tenant's zone; the title has the exact UTC."""
    if not isinstance(moment, datetime):
        return never
    iso = moment.astimezone(UTC).isoformat()
    stamp = format_html(
        '<time datetime="{}" title="{}">{}</time>', iso, say.exact_text(moment), say.local_text(moment)
    )
    near = say.relative(moment, timezone.now())
    if near is None:
        return stamp
    return format_html(
        '{} <span class="soft">· <time datetime="{}" data-ago>{}</time></span>', stamp, iso, near
    )


@register.filter
def duration(value: float | timedelta | Missing) -> str:
    """Seconds or a timedelta: `4.2 s`, `3 min 20 s`."""
    return say.duration_text(value) if isinstance(value, float | int | timedelta) else NONE


@register.filter
def number(value: float | Decimal | Missing) -> str:
    """`12,345`. A count nobody has yet is a dash, not a zero."""
    return say.number_text(value) if isinstance(value, float | int | Decimal) else NONE


@register.filter
def plural(count: int, forms: str) -> str:
    """`{{ n|plural:"record,records" }}` is `1 record` or `1,203 records`."""
    one, many = forms.split(",")
    return say.counted(count, one, many)


@register.filter
def rhythm(cadence: Any) -> str:
    """A recipe's cadence in words: `Hourly`, `Daily at 03:30`."""
    return say.rhythm_text(cadence.every_minutes, cadence.cron)


# ---- The frame -------------------------------------------------------------------------------------------


@register.inclusion_tag("components/nav.html", takes_context=True)
def app_nav(context: Context, failures: int | None = None) -> dict[str, object]:
    """The tenant's navigation; `failures` is the number shown beside Failures."""
    return {"items": _marked(context, _addresses(APP_PAGES)), "label": "Main", "failures": failures}


@register.inclusion_tag("components/nav.html", takes_context=True)
def settings_nav(context: Context) -> dict[str, object]:
    """The pages under Settings that this person may open."""
    may = context.get("may") or ()
    pages = [(label, path) for label, path, action in SETTINGS_PAGES if action in may]
    return {"items": _marked(context, _addresses(pages)), "label": "Settings", "sub": True}


@register.inclusion_tag("components/nav.html", takes_context=True)
def subnav(
    context: Context, label: str, items: Sequence[tuple[str, str]], current: str = ""
) -> dict[str, object]:
    """A second level: `{% subnav "Integration" items %}`, items = (label, address) pairs."""
    return {"items": _marked(context, items, current), "label": label, "sub": True}


@register.simple_tag(takes_context=True)
def sort_header(context: Context, key: str, label: str, *, number: bool = False) -> SafeString:
    """A column head that sorts by `?sort=key`, then by `?sort=-key`; the rest of the address stays."""
    request: HttpRequest = context["request"]
    chosen = request.GET.get("sort", "")
    query = request.GET.copy()
    query.pop("cursor", None)
    query["sort"] = f"-{key}" if chosen == key else key
    return format_html(
        '<th scope="col" aria-sort="{}"{}><a class="sort" href="?{}">{}</a></th>',
        {key: "ascending", f"-{key}": "descending"}.get(chosen, "none"),
        SafeString(' class="num"') if number else "",
        query.urlencode(),
        label,
    )


def _addresses(pages: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label, get_script_prefix() + path) for label, path in pages]


def _marked(context: Context, items: Sequence[tuple[str, str]], current: str = "") -> list[dict[str, object]]:
    """The item whose address is the longest beginning of where we are is the current one."""
    request = context.get("request")
    path = request.path if isinstance(request, HttpRequest) else ""
    here = max((url for _, url in items if path.startswith(url)), key=len, default=None)
    return [
        {"label": label, "url": url, "current": label == current if current else url == here}
        for label, url in items
    ]


# ---- Components with parameters --------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, label: str = "", *, hide_label: bool = False, small: bool = False
) -> dict[str, object]:
    """A form field with label, help and errors. Required is the rule, so what is optional says so."""
    return {
        "field": bound,
        "label": label or bound.label,
        "hide_label": hide_label,
        "small": small,
        "checkbox": isinstance(bound.field.widget, CheckboxInput),
        "optional": not bound.field.required,
    }


@register.inclusion_tag("components/fields.html")
def fields(form: object) -> dict[str, object]:
    """Every field of a form, its hidden ones and its own errors first."""
    return {"form": form}


@register.inclusion_tag("components/progress.html")
def progress(
    done: int,
    total: int | None = None,
    *,
    rate: float | None = None,
    seconds_left: float | None = None,
    label: str = "Progress",
    unit: str = "records",
    tone: str = "",
) -> dict[str, object]:
    """How far along, how fast, how long still. Without a total the bar moves but claims nothing."""
    return {
        "done": done,
        "total": total,
        "percent": min(100, 100 * done // total) if total else None,
        "rate": rate,
        "seconds_left": seconds_left,
        "label": label,
        "unit": unit,
        "tone": tone,
    }


@register.inclusion_tag("components/code.html")
def code(text: str, label: str = "", id: str = "code", *, wrap: bool = False) -> dict[str, object]:  # noqa: A002
    """Text of a machine, with a copy button. Two on a page need two ids."""
    return {"text": text, "label": label, "id": id, "wrap": wrap}


@register.inclusion_tag("components/chart.html")
def chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    unit: str = "records",
    id: str = "chart",  # noqa: A002
) -> dict[str, object]:
    """Stacked bars as SVG, with the same numbers as a table. series = (name, tone, values) triples."""
    return {"title": title, "unit": unit, "id": id, **plot(labels, series)}


# ---- Components that wrap content ------------------------------------------------------------------------


def _wrapped(name: str, content: SafeString, values: Mapping[str, Any]) -> SafeString:
    return render_to_string(f"components/{name}.html", {"content": SafeString(content.strip()), **values})


@register.simple_block_tag
def page_head(
    content: SafeString, title: str, lead: str = "", crumbs: Sequence[tuple[str, str]] = (), badge: str = ""
) -> SafeString:
    """The head of a page; the content is its actions. crumbs = (label, address) pairs, this page left out.

    `{% run_badge run as state %}{% page_head title=run.job badge=state %}` sets a badge beside the title.
    """
    return _wrapped("page_head", content, {"title": title, "lead": lead, "crumbs": crumbs, "badge": badge})


@register.simple_block_tag
def card(
    content: SafeString,
    title: str = "",
    lead: str = "",
    id: str = "",  # noqa: A002
    *,
    flush: bool = False,
) -> SafeString:
    """One thing, with a border around it. `flush=True` when its content is a table."""
    return _wrapped("card", content, {"title": title, "lead": lead, "id": id, "flush": flush})


@register.simple_block_tag
def notice(content: SafeString, state: object = "waiting", title: str = "") -> SafeString:
    """Something to know now: what happened, what it means for the data, what to do."""
    return _wrapped("notice", content, {"tone": say.tone_of(state), "title": title})


@register.simple_block_tag
def nothing(content: SafeString, title: str, text: str = "") -> SafeString:
    """Why there is nothing here and when that changes; the content is the next step."""
    return _wrapped("nothing", content, {"title": title, "text": text})


@register.simple_block_tag
def event(content: SafeString, state: object, title: str, at: datetime | None = None) -> SafeString:
    """One entry of `<ol class="timeline">`; the content is its detail."""
    return _wrapped("event", content, {"tone": say.tone_of(state), "title": title, "at": at})


@register.simple_block_tag(takes_context=True)
def confirm(  # noqa: PLR0917 (a template passes each by name)
    context: Context,
    content: SafeString,
    id: str,  # noqa: A002
    title: str,
    action: str,
    submit: str,
    *,
    danger: bool = True,
) -> SafeString:
    """A dialog before something that cannot be undone, opened by a link with `data-dialog="<id>"`.

    Without a script that link leads to a page made of components/confirm_page.html.
    """
    values = {"id": id, "title": title, "action": action, "submit": submit, "danger": danger}
    return _wrapped("confirm", content, {"csrf_token": context.get("csrf_token"), **values})
