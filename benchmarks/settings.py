"""The product's settings, and the recipe that only benchmarks have."""

from connectors.recipes import RECIPES
from mlconnector.settings import *  # noqa: F403

RECIPES["bench_members"] = "benchmarks.recipe"
