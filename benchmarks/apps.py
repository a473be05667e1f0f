"""Puts the clock on the trail in whatever process is told to."""

from __future__ import annotations

from django.apps import AppConfig

from benchmarks import trail


class BenchmarksConfig(AppConfig):
    """An application without tables; `benchmarks.settings` installs it."""

    name = "benchmarks"

    def ready(self) -> None:
        """Once the models are there, so that the trail can be imported."""
        trail.time_it_here()
