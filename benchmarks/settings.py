"""The product's settings, and what only benchmarks have: a recipe, a bare view, a clock on the trail."""

from connectors.recipes import RECIPES
from mlconnector.settings import *  # noqa: F403
from mlconnector.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.apps.BenchmarksConfig"]
ROOT_URLCONF = "benchmarks.hooks.urls"
RECIPES["bench_members"] = "benchmarks.recipe"
