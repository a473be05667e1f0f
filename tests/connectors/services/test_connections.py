"""Connecting an account: what is refused, what is never shown, what a ping says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection as database
from django.test import override_settings

from audit.actors import Actor, ActorKind, actor_scope
from audit.models import ApiCall, AuditEntry
from connectors.models import Connection
from connectors.sdk.system import Outcome
from connectors.services import connections, runs
from connectors.services.errors import Refused
from sandboxes.mailchimp import API_KEY
from tests.worlds import World

SETTINGS: dict[str, Any] = {"base_url": "https://acme.ifs.cloud", "realm": "acme"}
SECRET = "a-very-secret-secret"
CREDENTIALS = {"client_id": "ML", "client_secret": SECRET}


def _refused(
    system: str = "ifs_cloud", *, settings: object = None, credentials: object = None
) -> dict[str, str]:
    with pytest.raises(Refused) as refusal:
        connections.create_connection(
            system,
            "Ours",
            {**SETTINGS, **(settings or {})},  # type: ignore[dict-item]
            {**CREDENTIALS, **(credentials or {})},  # type: ignore[dict-item]
        )
    return refusal.value.fields


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"base_url": ""}, "base_url"),
        ({"base_url": "ftp://acme.ifs.cloud"}, "base_url"),
        ({"realm": "no blanks"}, "realm"),
        ({"requests_per_minute": "many"}, "requests_per_minute"),
        ({"no_such_setting": "x"}, "no_such_setting"),
    ],
)
def test_a_wrong_setting_is_named_by_its_field(scene: World, settings: dict[str, str], field: str) -> None:
    fields = _refused(settings=settings)
    assert field in fields
    assert fields[field]
    assert Connection.objects.count() == 2


def test_missing_and_unknown_credentials_are_named_and_never_repeated(scene: World) -> None:
    assert "client_secret" in _refused(credentials={"client_secret": ""})
    fields = _refused(credentials={"password": SECRET})
    assert "password" in fields
    assert SECRET not in str(fields)


def test_a_system_we_do_not_know_and_a_name_that_is_taken_are_refused(scene: World) -> None:
    with pytest.raises(Refused, match="no system called sap"):
        connections.create_connection("sap", "Ours", {}, {})
    with pytest.raises(Refused) as refusal:
        connections.create_connection("ifs_cloud", "Our IFS", SETTINGS, CREDENTIALS)
    assert refusal.value.fields == {"name": "This name is taken."}
    assert connections.create_connection("ifs_cloud", "", SETTINGS, CREDENTIALS).name == "IFS Cloud"


def test_credentials_are_never_shown_stored_in_clear_or_told_to_the_trail(scene: World) -> None:
    with actor_scope(Actor(ActorKind.PERSON, "7", "ann@nordlicht.example")):
        made = connections.create_connection("ifs_cloud", "Another", SETTINGS, CREDENTIALS)
        connections.replace_credentials(made, {"client_id": "ML", "client_secret": SECRET + "2"})
    assert connections.credentials_shown(made) == {"client_id": True, "client_secret": True}
    assert SECRET not in repr(made.unseal()) + str(made.__dict__)
    with database.cursor() as cursor:
        cursor.execute(f"SELECT row_to_json(c)::text FROM {Connection._meta.db_table} c")  # noqa: S608
        assert not [row for (row,) in cursor.fetchall() if SECRET in row or API_KEY in row]
    entries = [json.dumps(entry.data) for entry in AuditEntry.objects.all()]
    assert not [text for text in entries if SECRET in text or API_KEY in text]
    assert AuditEntry.objects.get(kind="credentials_replaced").data == {
        "fields": ["client_id", "client_secret"]
    }
    assert made.credentials_set_by == "ann@nordlicht.example"


def test_a_change_of_settings_is_in_the_trail_with_before_and_after(scene: World) -> None:
    before = dict(scene.source.settings)
    connections.change_settings(scene.source, {**before, "scope": "openid"}, name=" The ERP ")
    scene.source.refresh_from_db()
    assert (scene.source.name, scene.source.settings["scope"]) == ("The ERP", "openid")
    entry = AuditEntry.objects.get(kind="connection_changed")
    assert entry.data["before"]["scope"] == before["scope"]
    assert entry.data["after"]["scope"] == "openid"


# Pings.


def _failed(connection: Connection) -> str:
    """What a ping has to say of its failure."""
    checks = connections.ping(connection)
    assert checks[-1].outcome == Outcome.FAILED or any(one.outcome == Outcome.FAILED for one in checks)
    connection.refresh_from_db()
    assert connection.state == Connection.State.ATTENTION
    assert connection.attention_text
    return connection.attention_text


def test_a_good_ping_says_what_was_found_and_how_long_it_took(scene: World) -> None:
    checks = connections.ping(scene.destination)
    assert {one.outcome for one in checks} <= {Outcome.OK, Outcome.WARNING}
    assert all(one.milliseconds >= 0 for one in checks)
    scene.destination.refresh_from_db()
    assert scene.destination.state == Connection.State.OK
    assert scene.destination.ping[0]["text"]
    assert {one["id"] for one in scene.destination.findings["audiences"]} == {"a1b2c3d4e5", "f6e7d8c9b0"}
    assert ApiCall.objects.filter(connection_id=scene.destination.pk, run_id=None).exists()


def test_a_wrong_secret_is_told_in_the_vendors_words(scene: World) -> None:
    scene.ifs.mutate("set_secret", secret="another")
    connections.replace_credentials(scene.source, {"client_id": "MLC_CONNECT", "client_secret": "wrong"})
    text = _failed(scene.source)
    assert "client" in text.lower()
    assert "wrong" not in text


def test_a_wrong_key_a_missing_permission_and_a_dead_host_are_told_apart(scene: World) -> None:
    scene.mailchimp.mutate("revoke_key")
    revoked = _failed(scene.destination)
    scene.ifs.mutate("forbid", projection="CustomersHandling")
    forbidden = _failed(scene.source)
    scene.ifs_server.close()
    dead = _failed(scene.source)
    assert len({revoked, forbidden, dead}) == 3
    assert "CustomersHandling" in forbidden


def test_a_private_address_is_refused_where_the_operator_does_not_allow_it(scene: World) -> None:
    with override_settings(ALLOWED_NETWORKS=[]):
        text = _failed(scene.source)
    assert "https://" in text or "private" in text


def test_jobs_that_were_refused_rest_until_a_good_ping(scene: World) -> None:
    scene.mailchimp.mutate("revoke_key")
    assert scene.run("customers").verdict == "failed"
    job = scene.job("customers")
    assert job.paused_reason.startswith("Our Mailchimp needs you:")
    with pytest.raises(Refused, match="This rests"):
        runs.start(job)
    _failed(scene.destination)
    connections.ping(scene.source)
    assert scene.job("customers").paused_reason, "the other side still needs somebody"
    scene.mailchimp.mutate("add_key", key=API_KEY)
    connections.ping(scene.destination)
    assert scene.job("customers").paused_reason == ""
    assert scene.run("customers").verdict == "ok"


def test_what_was_found_before_is_kept_when_a_ping_fails(scene: World) -> None:
    before = scene.destination.findings["audiences"]
    scene.mailchimp.mutate("revoke_key")
    _failed(scene.destination)
    assert scene.destination.findings["audiences"] == before
