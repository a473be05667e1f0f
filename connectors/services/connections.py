"""Connections: create, change, replace credentials, ping."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import ValidationError

from audit import actors
from audit import services as trail
from connectors.engine.accounts import CallLog, system_of
from connectors.engine.attention import jobs_of, needs_attention
from connectors.engine.nudge import nudge
from connectors.engine.schedule import reschedule
from connectors.models import Connection, Lane, SyncJob
from connectors.sdk.errors import ReconnectNeeded, SystemFault
from connectors.sdk.settings import Settings
from connectors.sdk.system import Check, Outcome
from connectors.services.errors import Refused
from connectors.systems import SYSTEMS, system_class
from tenants.scope import current_tenant_id


def create_connection(
    system: str, name: str, settings: Mapping[str, Any], credentials: Mapping[str, Any]
) -> Connection:
    """A new connection of the tenant in scope, not pinged yet. Raises `Refused` naming each wrong field."""
    if system not in SYSTEMS:
        raise Refused(f"There is no system called {system}.")
    kind = system_class(system)
    chosen = validated(kind.settings_model, settings)
    secret = validated(kind.credentials_model, credentials)
    connection = Connection(tenant_id=current_tenant_id(), system=system, name=name.strip() or kind.name)
    connection.settings = chosen.model_dump(mode="json")
    _set_credentials(connection, secret)
    try:
        with transaction.atomic():
            connection.save()
            trail.append(
                "connection_created",
                subject=connection,
                data={"system": system, "settings": connection.settings},
            )
    except IntegrityError as error:
        raise Refused(
            f"You already have a connection named {connection.name}. Choose another name.",
            {"name": "This name is taken."},
        ) from error
    return connection


def change_settings(
    connection: Connection, settings: Mapping[str, Any], name: str | None = None
) -> Connection:
    """Replace a connection's settings; it has to be pinged again."""
    chosen = validated(connection.system_class.settings_model, settings)
    before = connection.settings
    connection.settings = chosen.model_dump(mode="json")
    connection.name = name.strip() if name and name.strip() else connection.name
    with transaction.atomic():
        connection.save(update_fields=["settings", "name"])
        trail.append(
            "connection_changed", subject=connection, data={"before": before, "after": connection.settings}
        )
    return connection


def replace_credentials(connection: Connection, credentials: Mapping[str, Any]) -> Connection:
    """Replace the sealed credentials; what they were cannot be read back."""
    secret = validated(connection.system_class.credentials_model, credentials)
    _set_credentials(connection, secret)
    with transaction.atomic():
        connection.save(update_fields=["sealed", "credentials_set_at", "credentials_set_by"])
        trail.append("credentials_replaced", subject=connection, data={"fields": sorted(credentials)})
    return connection


def ping(connection: Connection) -> list[Check]:
    """Try the real system and remember the result. A good ping lets paused jobs of this connection go on."""
    return list(ping_live(connection))


def ping_live(connection: Connection) -> Iterator[Check]:
    """As `ping`, yielding each check as it is done."""
    calls = CallLog()
    checks: list[Check] = []
    fault: SystemFault | None = None
    start = time.perf_counter()
    try:
        for check in system_of(connection, calls).ping():
            took = (time.perf_counter() - start) * 1000
            start = time.perf_counter()
            timed = Check(
                **{
                    **{name: getattr(check, name) for name in Check.__slots__},
                    "milliseconds": check.milliseconds or took,
                }
            )
            checks.append(timed)
            yield timed
    except SystemFault as caught:
        fault = caught
        failed = Check(
            "connection", Outcome.FAILED, caught.text, milliseconds=(time.perf_counter() - start) * 1000
        )
        checks.append(failed)
        yield failed
    _remember(connection, checks, fault, calls)


def credentials_shown(connection: Connection) -> dict[str, bool]:
    """Which credentials are set (never what they are)."""
    revealed = connection.unseal().revealed()
    return {name: bool(value) for name, value in revealed.items()}


def validated(model: type[Settings], values: Mapping[str, Any]) -> Settings:
    """An instance of a settings model. Raises `Refused` with a sentence per field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        fields = {
            ".".join(map(str, problem["loc"])) or "__all__": problem["msg"].removeprefix("Value error, ")
            for problem in error.errors()
        }
        raise Refused("Some fields need another look.", fields) from error


def _set_credentials(connection: Connection, secret: Settings) -> None:
    connection.seal(secret)
    connection.credentials_set_at = timezone.now()
    connection.credentials_set_by = actors.current_actor().label or "system"


def _remember(connection: Connection, checks: list[Check], fault: SystemFault | None, calls: CallLog) -> None:
    found: dict[str, Any] = {}
    for check in checks:
        found |= dict(check.found)
    failed = [check for check in checks if check.outcome == Outcome.FAILED]
    connection.findings = found if not failed else {**connection.findings, **found}
    connection.ping = [
        {name: value for name, value in asdict(check).items() if name != "found"} for check in checks
    ]
    connection.pinged_at = timezone.now()
    if failed:
        connection.attention_text = failed[0].text
        connection.attention_since = connection.attention_since or timezone.now()
        connection.state = Connection.State.ATTENTION
    else:
        connection.state, connection.attention_text, connection.attention_since = (
            Connection.State.OK,
            "",
            None,
        )
    with transaction.atomic():
        connection.save(
            update_fields=["findings", "ping", "pinged_at", "state", "attention_text", "attention_since"]
        )
        recorded = trail.record_calls(calls.drain())
        outcomes = [[check.name, str(check.outcome)] for check in checks]
        trail.append("connection_pinged", subject=connection, data={"checks": outcomes}, seals=[recorded])
    if isinstance(fault, ReconnectNeeded):
        needs_attention(connection, fault)
    elif not failed:
        _resume(connection)


def _resume(connection: Connection) -> None:
    """A good ping is a person's word that the connection works: its jobs go on."""
    other_in_need: set[UUID] = set(
        Connection.objects.filter(state=Connection.State.ATTENTION).values_list("pk", flat=True)
    )
    for job in (
        jobs_of(connection)
        .exclude(paused_reason="")
        .select_related("integration", "tenant", "interval", "crontab")
    ):
        if {job.integration.source_id, job.integration.destination_id} & other_in_need:
            continue
        SyncJob.objects.filter(pk=job.pk).update(paused_reason="")
        job.paused_reason = ""
        reschedule(job)
        nudge(job, Lane.Kind.OBSERVE)
        nudge(job, Lane.Kind.DELIVER)
