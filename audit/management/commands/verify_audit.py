"""`manage.py verify_audit`: proves that the trail is as it was written, or names the first break."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services import ChainReport, verify_chain
from tenants.models import Tenant
from tenants.scope import across_tenants


class Command(BaseCommand):
    help = "Verify the audit chain of every tenant, or of one. Exits with 1 when a chain is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="the tenant's id or short name")
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument(
            "--chain-only", action="store_true", help="leave out the rows that the entries seal"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        reports = [
            (one.slug, verify_chain(one, rows=not options["chain_only"]))
            for one in _tenants(options["tenant"])
        ]
        ok = all(report.ok for _, report in reports)
        if options["json"]:
            self.stdout.write(_as_json(reports, ok=ok))
        else:
            for slug, report in reports:
                self.stdout.write(_as_text(slug, report))
        if not ok:
            raise SystemExit(1)


def _tenants(wanted: str | None) -> list[Tenant]:
    with across_tenants("verify_audit"):
        if wanted is None:
            return list(Tenant.objects.all())
        found = Tenant.objects.filter(**{"pk" if _is_id(wanted) else "slug": wanted}).first()
    if found is None:
        raise CommandError(f"There is no tenant {wanted!r}.")
    return [found]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _as_text(slug: str, report: ChainReport) -> str:
    end = f"{report.head_seq}/{report.head_hash[:16]}"
    checked = f"{slug}: {report.entries} entries, {report.rows} rows, head {end}"
    if report.broken:
        where = f" (entry {report.broken.entry_id})" if report.broken.entry_id else ""
        return f"BROKEN {checked}\n  at no. {report.broken.seq}{where}: {report.broken.what}"
    lines = [f"{many} rows of {table} are covered by no entry" for table, many in report.unsealed.items()]
    return "\n  ".join([f"ok {checked}", *lines])


def _as_json(reports: list[tuple[str, ChainReport]], *, ok: bool) -> str:
    tenants = [{"tenant": slug, "ok": report.ok, **asdict(report)} for slug, report in reports]
    return json.dumps({"ok": ok, "tenants": tenants}, default=str, indent=2)
