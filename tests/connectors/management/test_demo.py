"""The demonstration: every recipe once against fresh sandboxes, judged by what the sandboxes hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from connectors.management.demo import check, scene, show
from connectors.models import Integration, SyncRun
from sandboxes.kit import serve
from sandboxes.serve import Scale, build_worlds
from tenants.models import Tenant, User
from tenants.scope import across_tenants, tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = ("--customers", "60", "--orders", "20")
COLUMNS = {
    "integration", "job", "read", "created", "updated", "unchanged", "skipped", "rejected", "api_calls",
    "seconds",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_settings() -> Iterator[None]:
    """The command does the work itself and says so in the settings; other tests must not hear of it."""
    with override_settings(NUDGES_OFF=True):
        yield


def test_the_demo_prints_one_document_that_says_all_is_well() -> None:
    out = StringIO()
    call_command("demo", "--json", *SMALL, stdout=out)
    shown = json.loads(out.getvalue())
    assert shown["ok"] is True
    assert all(row.keys() >= COLUMNS for row in shown["jobs"])
    by_job = {row["job"]: row for row in shown["jobs"]}
    assert by_job["customers"]["read"] == 60
    assert by_job["orders"]["read"] == 20
    assert by_job["orders"]["created"] > 0


def test_the_demo_for_people_is_a_table_and_a_verdict() -> None:
    out = StringIO()
    call_command("demo", *SMALL, stdout=out)
    assert "The sandboxes hold exactly what they must." in out.getvalue()
    assert "Customers" in out.getvalue()


def test_sandboxes_that_hold_something_else_are_noticed() -> None:
    worlds = build_worlds(Scale(12, 4))
    servers = {name: serve(one.sandbox) for name, one in worlds.items()}
    try:
        vendors = {name: one.shown(servers[name].url) for name, one in worlds.items()}
        scene.set_up(vendors, people=False)
        assert check.wrong(vendors), "nothing has been moved yet"
    finally:
        for server in servers.values():
            server.close()


def test_setting_up_twice_finds_the_first_and_tells_passwords_once() -> None:
    worlds = build_worlds(Scale(12, 4))
    servers = {name: serve(one.sandbox) for name, one in worlds.items()}
    try:
        vendors = {name: one.shown(servers[name].url) for name, one in worlds.items()}
        first = scene.set_up(vendors)
        again = scene.set_up(vendors)
    finally:
        for server in servers.values():
            server.close()
    assert set(first.passwords) == {scene.CUSTOMER, scene.STAFF}
    assert again.passwords == {}
    assert first.tenant == again.tenant
    for email, password in first.passwords.items():
        assert User.objects.get(email=email).check_password(password)
    with across_tenants("a test counts"):
        assert Tenant.objects.filter(name=scene.ORGANISATION).count() == 1
    with tenant_scope(first.tenant):
        assert Integration.objects.filter(is_on=True).count() == len(scene.RECIPES)


def test_the_setup_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLC_SANDBOX_FILE", raising=False)
    with pytest.raises(CommandError, match=r"Start with \./dev run"):
        call_command("demo_setup", stdout=StringIO())


def test_a_run_is_shown_with_its_figures() -> None:
    out = StringIO()
    call_command("demo", "--json", *SMALL, stdout=out)
    with across_tenants("a test looks at the demonstration"):
        ended = list(SyncRun.objects.exclude(trigger="need").select_related("job__integration"))
    table = show.table(ended)
    assert all(str(run.read) in table for run in ended)
