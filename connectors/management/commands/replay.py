"""`manage.py replay`: try again what failed, chosen by tenant, run, cause or time."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actors import Actor, ActorKind, actor_scope
from connectors.services import replay
from connectors.services.errors import Refused
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope


def moment(text: str) -> datetime:
    """An ISO date or time; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a time such as 2026-11-20T14:00") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    """Plans a replay, shows the plan, and starts it unless asked not to."""

    help = "Replay failed records of a tenant: one, a selection, a run, or a time range. Idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to replay, and how."""
        parser.add_argument("tenant", help="the tenant's slug or id")
        parser.add_argument(
            "--failure", type=UUID, action="append", default=[], help="a failure's id (repeatable)"
        )
        parser.add_argument(
            "--link", type=UUID, action="append", default=[], help="a record link's id (repeatable)"
        )
        parser.add_argument("--run", type=UUID, help="everything a run touched")
        parser.add_argument("--job", type=UUID, help="only this job")
        parser.add_argument("--cause", default="", help="only failures of this cause")
        parser.add_argument("--since", type=moment, help="only what last changed at or after this time")
        parser.add_argument("--until", type=moment, help="only what last changed before this time")
        parser.add_argument("--all", action="store_true", help="also records that did not fail")
        parser.add_argument(
            "--stored", action="store_true", help="use the records as they were read, not read them again"
        )
        parser.add_argument("--original-mapping", action="store_true", help="use the field rules of then")
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, say, start."""
        tenant = _tenant(options["tenant"])
        selection = replay.Selection(
            failures=options["failure"],
            links=options["link"],
            run=options["run"],
            job=options["job"],
            cause=options["cause"],
            since=options["since"],
            until=options["until"],
            only_failed=not options["all"],
        )
        with tenant_scope(tenant), actor_scope(Actor(ActorKind.STAFF, label="manage.py replay")):
            try:
                planned = replay.plan(selection)
                self.stdout.write(
                    f"{planned.records} records in {planned.jobs} jobs, about {planned.calls} calls."
                )
                if options["dry_run"]:
                    return
                started = replay.start(
                    selection,
                    source="stored" if options["stored"] else "fresh",
                    mapping="original" if options["original_mapping"] else "today",
                )
            except Refused as refusal:
                raise CommandError(refusal.text) from refusal
        self.stdout.write(f"Replay {started.pk} has started; the workers carry it out.")


def _tenant(text: str) -> Tenant:
    with across_tenants("manage.py replay finds its tenant"):
        found = Tenant.objects.filter(slug=text).first()
        if found is None:
            try:
                found = Tenant.objects.filter(pk=UUID(text)).first()
            except ValueError:
                found = None
    if found is None:
        raise CommandError(f"There is no tenant {text}. Give its slug or id, as the admin shows them.")
    return found
