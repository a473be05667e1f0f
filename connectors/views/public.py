"""What anybody may see: the front page and a page for each integration."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connectors.recipes import RECIPES, Recipe, all_recipes, recipe
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
    return render(request, "public/integration.html", {"recipe": chosen, "related": related, **_ends(chosen)})


def slug_of(code: str) -> str:
    """A recipe's code as it stands in addresses."""
    return code.replace("_", "-")


def _card(one: Recipe) -> dict[str, str]:
    return {"name": one.name, "summary": one.summary, "slug": slug_of(one.code), **_ends(one)}


def _ends(one: Recipe) -> dict[str, str]:
    return {"source": system_class(one.source).name, "destination": system_class(one.destination).name}
