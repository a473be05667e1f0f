"""SYSPRO gives an operator one session: four workers and four connections to it never have two at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import override_settings

from connectors.management.demo import scene as demo
from connectors.models import Connection, Lane, SyncJob, SyncRun
from connectors.services import connections, integrations, runs
from sandboxes.kit import Request, serve
from sandboxes.mailchimp import Mailchimp
from sandboxes.serve import build_worlds
from sandboxes.syspro import Options, Syspro
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope
from tests.connectors.recipes.running import kill_holder, pass_flight, stop_at, until_ended, workers
from tests.connectors.recipes.syspro_site import usable
from tests.workers import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CONNECTIONS: tuple[dict[str, Any], ...] = (
    {"company": "EDU1", "read_through": "enet", "enet_page_size": 11, "balances": "enet"},
    {"company": "EDU1", "read_through": "odata", "page_size": 12, "balances": "enet"},
    {"company": "EDU2", "read_through": "enet", "enet_page_size": 3, "balances": "off"},
    {"company": "EDU1", "read_through": "enet", "enet_page_size": 14, "balances": "off"},
)
"""Each of another page size, by which its questions are told apart."""
SLOW = 0.02
"""Seconds each e.net call takes, so that two could meet."""


@dataclass
class Site:
    """One site, one operator, several connections and an audience for each."""

    vendor: Syspro
    mailchimp: Mailchimp
    jobs: list[SyncJob]

    def sessions(self) -> dict[str, Any]:
        counted: Any = self.vendor.state("sessions")
        return dict(counted)

    def assert_sessions(self) -> None:
        """Never two at once, never two calls at once, none left open."""
        counted = self.sessions()
        assert (counted["peak"], counted["open"], counted["overlapping"]) == (1, 0, 0), counted
        assert counted["logons"] == counted["logoffs"] > 0, counted
        assert (counted["second_logons"], counted["seats"]["taken"]) == (0, 0), counted

    def assert_everybody_stands_once(self) -> None:
        """Each audience holds who can be reached in the company, and was sent nobody twice."""
        for job in self.jobs:
            company = job.integration.source.settings["company"]
            rows: Any = self.vendor.state(f"{company}/customers")
            expected = {usable(row["Email"])[0] for row in rows if usable(row["Email"])}
            audience = self.mailchimp.account.audiences[job.integration.options["audience_id"]]
            assert {member.email.lower() for member in audience.members.values()} == expected
        assert self.mailchimp.journal.needless() == {}
        assert self.mailchimp.journal.repeated() == {}
        assert self.vendor.journal.writes() == {}


@pytest.fixture
def site() -> Iterator[Site]:
    world, other = (build_worlds(only=[name])[name] for name in ("syspro", "mailchimp"))
    vendor = Syspro(Options(customers=60, orders=0, call_seconds=SLOW))
    assert isinstance(other.sandbox, Mailchimp)
    with across_tenants("a test makes a tenant"):
        tenant = Tenant.objects.create(name="Nordlicht", slug="nordlicht", time_zone="Europe/Berlin")
    with serve(vendor) as server, serve(other.sandbox) as mail, tenant_scope(tenant):
        with override_settings(NUDGES_OFF=True):
            target = _connected("mailchimp", "Mailchimp", other.shown(mail.url), {})
            audiences = list(other.sandbox.account.audiences)
            audiences.remove("f6e7d8c9b0")  # asks for fields no ERP has
            jobs = []
            for number, settings in enumerate(CONNECTIONS):
                source = _connected("syspro", f"SYSPRO {number}", world.shown(server.url), settings)
                options = {"audience_id": audiences[number]}
                joined = integrations.create_integration(
                    "syspro_mailchimp", source, target, name=f"Number {number}", options=options
                )
                integrations.turn_on(joined)
                jobs.append(SyncJob.objects.get(integration=joined, flow_code="customers"))
        with override_settings(NUDGES_OFF=False):
            yield Site(vendor, other.sandbox, jobs)


def _connected(system: str, name: str, shown: dict[str, str], settings: dict[str, Any]) -> Connection:
    given, known = demo.SYSTEMS[system](shown)
    connection = connections.create_connection(system, name, {**given, **settings}, known)
    connections.ping(connection)
    assert connection.state == Connection.State.OK, connection.ping
    return connection


def test_four_workers_share_the_operator_one_session_at_a_time(site: Site, tmp_path: Path) -> None:
    opened = [runs.start(job) for job in site.jobs]
    with workers(tmp_path):
        until_ended(opened)
    assert all(run.adds_up for run in opened), [(run.note, run.detail) for run in opened]
    assert [run.read for run in opened] == [60, 60, 12, 60]
    site.assert_sessions()
    site.assert_everybody_stands_once()


def test_a_session_whose_worker_is_killed_is_logged_off_by_the_next_one(
    site: Site, broker: redis.Redis, tmp_path: Path
) -> None:
    """The killed one holds a session and is in the middle of a question of the first connection."""
    victim = site.jobs[0]
    stop = stop_at(site.vendor, lambda request: _asks(request, "ArCustomer", rows=11) and _rows_read(request))
    opened = [runs.start(job) for job in site.jobs]
    with workers(tmp_path):
        assert stop.reached.wait(100)
        assert site.sessions()["open"] == 1
        kill_holder(victim, Lane.Kind.OBSERVE)
        stop.go.set()
        # SYSPRO goes on with what it was asked, and the others wait; what they wait for is minutes away.
        assert stop.request
        [session] = stop.request.query["UserId"]
        until(lambda: not site.vendor.traffic.busy(session[:32]), "SYSPRO is done with the question")
        assert site.sessions()["open"] == 1
        pass_flight(broker)
        until_ended(opened)
    assert all(run.adds_up for run in opened), [(run.note, run.detail) for run in opened]
    site.assert_sessions()
    site.assert_everybody_stands_once()
    assert SyncRun.objects.filter(job=victim).count() == 1  # it went on, and did not begin again


def _asks(request: Request, table: str, *, rows: int) -> bool:
    document = "".join(request.query.get("XmlIn", []))
    return f"<TableName>{table}</TableName>" in document and f"<ReturnRows>{rows}</ReturnRows>" in document


def _rows_read(request: Request) -> bool:
    """Whether it is a later page."""
    return "<Where>" in "".join(request.query.get("XmlIn", []))
