"""`manage.py rotate_keys`: seals every secret anew with the first of FIELD_ENCRYPTION_KEYS."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.rotation import BATCH, rotate_all
from tenants.scope import across_tenants


class Command(BaseCommand):
    help = "Seals every secret anew with the first key. Safe while the product runs, and safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, change nothing")
        parser.add_argument(
            "--batch", type=int, default=BATCH, help="rows per transaction (default %(default)s)"
        )

    def handle(self, *, dry_run: bool, batch: int, **_: Any) -> None:
        unfinished = False
        with across_tenants("rotate keys"):
            for count in rotate_all(batch=batch, dry_run=dry_run):
                self.stdout.write(
                    f"{count.column}: {count.resealed} {'to seal anew' if dry_run else 'sealed anew'}, "
                    f"{count.current} current, {count.locked} in use, {len(count.unreadable)} unreadable"
                )
                for problem in count.unreadable:
                    self.stderr.write(problem)
                unfinished |= bool(count.locked or count.unreadable)
        if unfinished:
            raise CommandError(
                "Some secrets still need their old key: keep it in the list and run this again."
            )
