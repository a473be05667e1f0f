"""What anybody may see: the front page and a page for each integration."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connectors.recipes import RECIPES, Flow, Recipe, Side, all_recipes, recipe
from connectors.sdk.kept import Kept
from connectors.systems import SYSTEMS, system_class

# One line per system, for people who know it by its name.
SUMMARIES = {
    "ifs_cloud": "ERP: customers, orders, sales parts",
    "infor": "ERP: customers and suppliers of M3 or CloudSuite Industrial",
    "qad": "ERP: customers, items, orders",
    "syspro": "ERP: customers and how their accounts stand",
    "mailchimp": "Marketing: audiences and stores",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Template public/home.html: what it is, the integrations, the systems."""
    systems = [{"name": system_class(code).name, "summary": SUMMARIES.get(code, "")} for code in SYSTEMS]
    return render(
        request, "public/home.html", {"recipes": [_card(one) for one in all_recipes()], "systems": systems}
    )


@require_safe
def integration(request: HttpRequest, slug: str) -> HttpResponse:
    """Template public/integration.html: what one recipe moves and needs."""
    code = slug.replace("-", "_")
    if code not in RECIPES or slug != slug_of(code):
        raise Http404
    chosen = recipe(code)
    ends = {chosen.source, chosen.destination}
    related = [
        _card(one) for one in all_recipes() if one.code != code and ends & {one.source, one.destination}
    ]
    context = {
        "recipe": chosen,
        "flows": [_flow(chosen, flow) for flow in chosen.flows],
        "related": related,
        **ends_of(chosen),
    }
    return render(request, "public/integration.html", context)


def slug_of(code: str) -> str:
    """A recipe's code as it stands in addresses."""
    return code.replace("_", "-")


def _card(one: Recipe) -> dict[str, Any]:
    return {"name": one.name, "summary": one.summary, "slug": slug_of(one.code), **ends_of(one)}


def ends_of(one: Recipe) -> dict[str, Any]:
    """The systems' names; `both` where something goes back."""
    back = [flow for flow in one.flows if flow.reads is Side.DESTINATION and not _stays_here(flow)]
    ends = {"source": system_class(one.source).name, "destination": system_class(one.destination).name}
    return {**ends, "both": bool(back)}


def _flow(one: Recipe, flow: Flow) -> dict[str, Any]:
    """One flow: from where to where, and whether its vendor tells us of changes."""
    reads = system_class(one.system_of(flow.reads))
    writes = system_class(one.system_of(Recipe.writes_to(flow)))
    return {
        "flow": flow,
        "source": reads.name,
        "destination": "here" if _stays_here(flow) else writes.name,
        "is_told": any(flow.stream in hook.streams for hook in reads.hooks.values()),
    }


def _stays_here(flow: Flow) -> bool:
    return all(target.sink == Kept.name for target in flow.targets)
