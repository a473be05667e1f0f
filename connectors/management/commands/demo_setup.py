"""`manage.py demo_setup`: the demonstration tenant on the sandboxes of MLC_SANDBOX_FILE and its log-ins."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.management.demo import scene


class Command(BaseCommand):
    """Makes the demonstration once and finds it again later."""

    help = "Set the demonstration tenant up (or find it again) and print who can log in."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up; remember the passwords beside the port file, readable by its owner alone."""
        port_file = Path(os.environ.get("MLC_SANDBOX_FILE", ""))
        if not port_file.is_file():
            raise CommandError(
                "No sandboxes are running: MLC_SANDBOX_FILE names no file. Start with ./dev run."
            )
        standing = scene.set_up(scene.vendors_of(port_file))
        kept = port_file.with_name("demo-people.json")
        if standing.passwords:
            kept.touch(mode=0o600)
            kept.write_text(json.dumps(standing.passwords), encoding="utf-8")
        passwords: dict[str, str] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
        for email, what in (
            (scene.CUSTOMER, "customer pages at /app/"),
            (scene.STAFF, "support desk at /admin/"),
        ):
            known = passwords.get(email, "(the password you were shown the first time)")
            self.stdout.write(f"  {email}  {known}  {what}")
