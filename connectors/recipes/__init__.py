"""The catalogue: one file per integration, listed here by hand."""

from __future__ import annotations

from importlib import import_module

from connectors.recipes.base import Cadence, Flow, Provider, Recipe, Side, Target

RECIPES: dict[str, str] = {
    "ifs_cloud_mailchimp": "connectors.recipes.ifs_cloud_mailchimp",
    "infor_mailchimp": "connectors.recipes.infor_mailchimp",
    "qad_mailchimp": "connectors.recipes.qad_mailchimp",
    "syspro_mailchimp": "connectors.recipes.syspro_mailchimp",
}


def recipe(code: str) -> Recipe:
    """A recipe by its code; raises `KeyError` for one that does not exist."""
    found = import_module(RECIPES[code]).RECIPE
    assert isinstance(found, Recipe)  # noqa: S101  the catalogue above is our own
    return found


def all_recipes() -> list[Recipe]:
    """Every recipe, in catalogue order."""
    return [recipe(code) for code in RECIPES]


__all__ = ["RECIPES", "Cadence", "Flow", "Provider", "Recipe", "Side", "Target", "all_recipes", "recipe"]
