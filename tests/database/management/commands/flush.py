"""Replaces Django's `flush`, which every test that commits runs at its end."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tests.database import cleaning


class Command(BaseCommand):
    help = "Empties the test database."
    stealth_options = ("reset_sequences", "allow_cascade", "inhibit_post_migrate", "interactive")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database")

    def handle(self, *_args: Any, **_options: Any) -> None:
        cleaning.clean()
