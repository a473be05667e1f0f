"""Customers into an audience and nothing else: the bulk path alone."""

from __future__ import annotations

from connectors.recipes import Flow, Recipe, Target
from connectors.systems.mailchimp.options import AudienceOptions

RECIPE = Recipe(
    code="bench_members",
    name="Customers into an audience",
    summary="For benchmarks.",
    source="ifs_cloud",
    destination="mailchimp",
    options_model=AudienceOptions,
    flows=(
        Flow(
            code="customers",
            title="Customers",
            summary="",
            stream="customers",
            targets=(Target(sink="audience_members"),),
        ),
    ),
)
