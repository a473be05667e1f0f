"""`manage.py sandbox`: serve the pretend vendors until stopped."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Hands its arguments to the sandboxes' own command line."""

    help = "Serve the sandboxes (pretend vendors) on loopback. --help lists their options."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """The sandboxes parse their own options."""
        from sandboxes.serve import main  # noqa: PLC0415  an installation without sandboxes still starts

        main(argv[2:])

    def add_arguments(self, parser: CommandParser) -> None:
        """None of ours."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Unused: `run_from_argv` does it all."""
