"""The support desk: staff see every tenant and no secret, act through services, and the trail names them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from connectors.models import Connection, Failure, Integration, RecordLink, Replay, SyncJob, SyncRun
from connectors.services import replay, runs
from sandboxes.ifs_cloud.options import Options
from sandboxes.mailchimp import API_KEY
from tenants.models import Tenant, User
from tenants.scope import across_tenants, tenant_scope
from tests.worlds import World, world

DESK = (Connection, Integration, SyncJob, SyncRun, RecordLink, Failure, Replay)


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    """Twelve customers have been read; one of them was not accepted."""
    with world(Options(customers=12, orders=0)) as standing, override_settings(NUDGES_OFF=True):
        standing.connect()
        standing.ifs.mutate("set_email", customer_id="10003", value="no-at-sign.example")
        standing.run("customers")
        yield standing


@pytest.fixture
def sue(scene: World) -> User:
    return User.objects.create_superuser("sue@support.example", "a-long-password")


@pytest.fixture
def staff(sue: User) -> Client:
    client = Client()
    client.force_login(sue, "django.contrib.auth.backends.ModelBackend")
    return client


def place(kind: type[Model], page: str = "changelist", *args: object) -> str:
    """The address of a page of the desk."""
    return reverse(f"admin:connectors_{kind._meta.model_name}_{page}", args=args)


def act(client: Client, kind: type[Model], action: str, *ids: UUID) -> str:
    """Carry an action out; returns the page with what it says."""
    chosen = {"action": action, "_selected_action": [str(id_) for id_ in ids]}
    response = client.post(place(kind), chosen, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def entry(kind: str) -> AuditEntry:
    """The newest entry of a kind."""
    return AuditEntry.objects.filter(kind=kind).latest("seq")


@pytest.mark.parametrize("kind", DESK)
def test_every_list_and_page_opens_and_shows_no_secret(
    staff: Client, scene: World, kind: type[Model]
) -> None:
    pages = [place(kind)]
    if one := kind._default_manager.first():
        pages.append(place(kind, "change", one.pk))
    for page in pages:
        response = staff.get(page)
        assert response.status_code == 200, page
        html = response.content.decode()
        assert API_KEY not in html
        assert scene.ifs.options.client_secret not in html
    assert staff.get(
        reverse(f"admin:connectors_{kind._meta.model_name}_changelist") + "add/"
    ).status_code in {403, 404}


def test_credentials_are_shown_as_set(staff: Client, scene: World) -> None:
    html = staff.get(place(Connection, "change", scene.destination.pk)).content.decode()
    assert "api_key: set" in html
    assert "access_token: not set" in html


@pytest.mark.parametrize("kind", DESK)
def test_nobody_edits_or_deletes_by_hand(staff: Client, scene: World, kind: type[Model]) -> None:
    if kind is Replay:
        replay.start(replay.Selection())
    one = kind._default_manager.first()
    assert one
    assert staff.post(place(kind, "change", one.pk), {"state": "ok"}).status_code == 403
    assert staff.post(place(kind, "delete", one.pk), {"post": "yes"}).status_code == 403


def test_customers_do_not_get_in(scene: World) -> None:
    ann = User.objects.create_user("ann@nordlicht.example", "a-long-password")
    client = Client()
    client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    assert client.get(place(SyncJob)).status_code == 302
    act_on = {"action": "pause", "_selected_action": [str(scene.job("customers").pk)]}
    assert client.post(place(SyncJob), act_on).status_code == 302
    assert scene.job("customers").paused_reason == ""


def test_a_ping_is_made_and_told_as_staffs(staff: Client, scene: World, sue: User) -> None:
    calls = scene.mailchimp.journal.last
    html = act(staff, Connection, "ping", scene.destination.pk)
    assert "Our Mailchimp: " in html
    assert scene.mailchimp.journal.last > calls
    told = entry("connection_pinged")
    assert (told.actor_kind, told.actor_id, told.actor_label) == ("staff", str(sue.pk), str(sue))


def test_a_job_is_paused_resumed_and_run(staff: Client, scene: World) -> None:
    job = scene.job("customers")
    assert "rests." in act(staff, SyncJob, "pause", job.pk)
    assert scene.job("customers").paused_reason == "Paused by support."
    assert "This rests: Paused by support." in act(staff, SyncJob, "run_now", job.pk)
    act(staff, SyncJob, "resume", job.pk)
    assert scene.job("customers").paused_reason == ""
    act(staff, SyncJob, "run_now", job.pk)
    run = SyncRun.objects.get(state="observing")
    assert run.trigger == "manual"
    assert {entry(kind).actor_kind for kind in ("job_paused", "job_resumed", "run_opened")} == {"staff"}


def test_an_open_run_is_cancelled(staff: Client, scene: World) -> None:
    run = runs.start(scene.job("customers"))
    assert "Cancelled" in act(staff, SyncRun, "cancel", run.pk)
    assert entry("run_ended").actor_kind == "staff"


def _mended(scene: World) -> None:
    scene.ifs.mutate("set_email", customer_id="10003", value="right@nordlicht.de")


def test_failures_are_replayed(staff: Client, scene: World, sue: User) -> None:
    _mended(scene)
    failures = list(Failure.objects.values_list("pk", flat=True))
    assert f"Replay of {len(failures)} records has started." in act(
        staff, Failure, "replay_failures", *failures
    )
    scene.work()
    assert not Failure.objects.filter(resolved_at=None).exists()
    assert Replay.objects.get().by == str(sue)
    assert entry("replay_started").actor_kind == "staff"
    assert "nothing to replay" in act(staff, Failure, "replay_failures", *failures)


def test_a_run_is_replayed_in_part_or_as_a_whole(staff: Client, scene: World) -> None:
    run = SyncRun.objects.latest("created_at")
    assert "Replay of 2 records" in act(staff, SyncRun, "replay_failed", run.pk)
    assert "Replay of 24 records" in act(staff, SyncRun, "replay_all", run.pk)
    first = Replay.objects.earliest("created_at")
    assert "Cancelled" in act(staff, Replay, "cancel", first.pk)
    assert "ended already" in act(staff, Replay, "cancel", first.pk)


def test_records_are_replayed(staff: Client, scene: World) -> None:
    chosen = list(RecordLink.objects.values_list("pk", flat=True)[:3])
    assert "Replay of 3 records" in act(staff, RecordLink, "replay_links", *chosen)


def test_actions_reach_each_record_in_its_own_tenant(staff: Client, scene: World) -> None:
    with across_tenants("a test makes a second tenant"):
        other = Tenant.objects.create(name="Globex", slug="globex")
    with tenant_scope(other):
        theirs = _a_failure()
    ours = Failure.objects.filter(resolved_at=None).first()
    assert ours
    act(staff, Failure, "replay_failures", ours.pk, theirs.pk)
    with across_tenants("a test looks at both"):
        started = {one.tenant_id: one.total for one in Replay.objects.all()}
        kinds = set(AuditEntry.objects.filter(kind="replay_started").values_list("tenant_id", flat=True))
    assert started == {scene.tenant.pk: 1, other.pk: 1}
    assert kinds == {scene.tenant.pk, other.pk}


def _a_failure() -> Failure:
    """A failure of the tenant in scope, made by hand."""
    source, destination = (
        Connection.objects.create(system=name, name=name) for name in ("ifs_cloud", "mailchimp")
    )
    integration = Integration.objects.create(
        recipe_code="ifs_cloud_mailchimp", name="Theirs", source=source, destination=destination, is_on=True
    )
    job = SyncJob.objects.create(integration=integration, flow_code="customers")
    now = timezone.now()
    link = RecordLink.objects.create(
        job=job, sink="audience_members", source_key="1", state="rejected", source_at=now, changed_at=now
    )
    return Failure.objects.create(
        job=job, link=link, state="rejected", cause="x", text="x", opened_at=now, last_at=now
    )
