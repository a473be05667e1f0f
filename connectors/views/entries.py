"""Entries of the trail as sentences: who did what to what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from audit.actors import ActorKind
from audit.models import AuditEntry
from connectors.models import Connection, Integration, SyncJob, WebhookEndpoint
from connectors.services.reading import jobs_of_tenant
from connectors.templatetags.ui_words import counted
from connectors.views.frame import Context

Data = dict[str, Any]

_ROLE = {"owner": "an owner", "admin": "an admin", "operator": "an operator", "viewer": "a viewer"}
_VERDICTS = {
    "ok": "complete",
    "partial": "some records need a person",
    "degraded": "its counts do not add up",
    "failed": "it could not go on",
    "cancelled": "it was stopped",
    "held": "it waits for a decision",
}
_TRIGGERS = {
    "schedule": "on schedule",
    "webhook": "after a message from the vendor",
    "manual": "by hand",
    "replay": "for a replay",
    "backfill": "by hand, to read everything",
    "need": "because another record needs it",
}


def _counted(count: int, one: str) -> str:
    return counted(count, one, f"{one}s")


def _onoff(data: Data) -> str:
    return "on" if data.get("on") else "off"


# What was done, by kind; {thing} stands for what it was done to.
SENTENCES: dict[str, Callable[[Data], str]] = {
    "connection_created": lambda _: "connected {thing}",
    "connection_changed": lambda _: "changed the settings of {thing}",
    "credentials_replaced": lambda _: "replaced the credentials of {thing}",
    "connection_pinged": lambda data: f"pinged {{thing}}: {_pinged(data)}",
    "connection_needs_attention": lambda data: f"stopped calling {{thing}}: {data.get('text', '')}",
    "integration_created": lambda _: "set up {thing}",
    "options_changed": lambda _: "changed the options of {thing}",
    "integration_switched": lambda data: f"turned {{thing}} {_onoff(data)}",
    "job_switched": lambda data: f"turned {{thing}} {_onoff(data)}",
    "job_paused": lambda data: f"let {{thing}} rest: {data.get('text', '')}",
    "job_resumed": lambda _: "let {thing} go on",
    "schedule_changed": lambda _: "changed the schedule of {thing}",
    "mapping_changed": lambda _: "changed the fields of {thing}",
    "removal_changed": lambda data: f"decided that {{thing}} will {data.get('removal', 'keep')} what is gone",
    "job_previewed": lambda _: "looked at a preview of {thing}",
    "removals_confirmed": lambda data: (
        f"confirmed removing {_counted(data.get('count', 0), 'record')} of {{thing}}"
    ),
    "replay_started": lambda data: f"replayed {_counted(data.get('total', 0), 'record')}",
    "replay_cancelled": lambda _: "stopped a replay",
    "failures_ignored": lambda data: (
        f"set {_counted(len(data.get('failures', [])), 'failure')} aside: {data.get('reason', '')}"
    ),
    "webhook_registered": lambda _: "had {thing} set up",
    "webhook_removed": lambda _: "had {thing} taken down",
    "webhook_not_settled": lambda data: f"could not set {{thing}} up yet: {data.get('text', '')}",
    "webhook_address_replaced": lambda _: "replaced the address of {thing}",
    "receipts_read_again": lambda data: (
        f"had {_counted(len(data.get('receipts', [])), 'webhook call')} read again"
    ),
    "run_opened": lambda data: f"started a run of {{thing}} {_TRIGGERS.get(data.get('trigger', ''), '')}",
    "run_ended": lambda data: f"ended a run of {{thing}}: {_VERDICTS.get(data.get('verdict', ''), 'done')}",
    "tenant_founded": lambda data: f"founded {data.get('name', 'the organisation')}",
    "tenant_changed": lambda _: "changed the organisation",
    "api_key_created": lambda data: f"made the API key {data.get('name', '')}",
    "api_key_revoked": lambda data: f"revoked the API key {data.get('name', '')}",
    "invited": lambda data: (
        f"invited {data.get('email', '')} as {_ROLE.get(data.get('role', ''), 'a member')}"
    ),
    "invitation_revoked": lambda data: f"withdrew the invitation of {data.get('email', '')}",
    "joined": lambda data: f"joined as {_ROLE.get(data.get('role', ''), 'a member')}",
    "role_changed": lambda data: (
        f"made {data.get('member', '')} {_ROLE.get(data.get('after', ''), 'a member')}"
    ),
    "member_removed": lambda data: f"removed {data.get('member', '')} from the team",
}

KINDS: dict[str, list[str]] = {
    "Connections": [
        "connection_created",
        "connection_changed",
        "credentials_replaced",
        "connection_pinged",
        "connection_needs_attention",
    ],
    "Integrations": [
        "integration_created",
        "options_changed",
        "integration_switched",
        "job_switched",
        "job_paused",
        "job_resumed",
        "schedule_changed",
        "mapping_changed",
        "removal_changed",
        "job_previewed",
    ],
    "Webhooks": [
        "webhook_registered",
        "webhook_removed",
        "webhook_not_settled",
        "webhook_address_replaced",
        "receipts_read_again",
    ],
    "Runs": ["run_opened", "run_ended", "removals_confirmed"],
    "Failures": ["replay_started", "replay_cancelled", "failures_ignored"],
    "Team": [
        "tenant_founded",
        "tenant_changed",
        "api_key_created",
        "api_key_revoked",
        "invited",
        "invitation_revoked",
        "joined",
        "role_changed",
        "member_removed",
    ],
}


def said(entries: Sequence[AuditEntry]) -> list[Context]:
    """The entries, each with its sentence and the address of what it is about."""
    things = _Things()
    rows = []
    for entry in entries:
        thing, url = things.of(entry)
        sentence = SENTENCES.get(entry.kind)
        words = sentence(entry.data) if sentence else entry.kind.replace("_", " ")
        text = words.replace("{thing}", thing)
        rows.append({"entry": entry, "who": _who(entry), "words": text, "url": url})
    return rows


def _who(entry: AuditEntry) -> str:
    match entry.actor_kind:
        case ActorKind.SYSTEM:
            return "ml-connector"
        case ActorKind.STAFF:
            return f"Support ({entry.actor_label})"
        case ActorKind.API_KEY:
            return f"The API key {entry.actor_label}"
        case _:
            return entry.actor_label or "Somebody"


def _pinged(data: Data) -> str:
    outcomes = [outcome for _, outcome in data.get("checks", [])]
    failed = outcomes.count("failed")
    return f"{failed} of {len(outcomes)} checks failed" if failed else f"{len(outcomes)} checks went well"


class _Things:
    """The names and addresses of what entries are about, read once."""

    def __init__(self) -> None:
        self.connections = {str(one.pk): one.name for one in Connection.objects.only("id", "name", "tenant")}
        self.integrations = {
            str(one.pk): one.name for one in Integration.objects.only("id", "name", "tenant")
        }
        self.webhooks = {
            str(one.pk): one for one in WebhookEndpoint.objects.select_related("connection").defer("token")
        }
        self.jobs: dict[UUID, SyncJob] = {job.pk: job for job in jobs_of_tenant()}

    def of(self, entry: AuditEntry) -> tuple[str, str]:
        """What an entry is about, in words, and where that is shown."""
        about = entry.subject_id
        if entry.run_id and entry.job_id in self.jobs:
            return self._job(entry.job_id), reverse("connectors:run", args=[entry.run_id])
        if known := self._by_id(about):
            return known
        if entry.job_id in self.jobs:
            return self._job(entry.job_id), reverse(
                "connectors:integration", args=[self.jobs[entry.job_id].integration_id]
            )
        if entry.kind.startswith("replay_"):
            return "a replay", reverse("connectors:replay", args=[about])
        return "what has been removed since", ""

    def _by_id(self, about: str) -> tuple[str, str] | None:
        if about in self.connections:
            return self.connections[about], reverse("connectors:connection", args=[about])
        if about in self.integrations:
            return self.integrations[about], reverse("connectors:integration", args=[about])
        return self._webhook(self.webhooks[about]) if about in self.webhooks else None

    def _webhook(self, endpoint: WebhookEndpoint) -> tuple[str, str]:
        name = f"the {endpoint.kind.title.lower()} of {endpoint.connection}"
        of = endpoint.integration_id
        return name, reverse("connectors:webhooks", args=[of]) if of else ""

    def _job(self, job_id: UUID) -> str:
        return str(self.jobs[job_id])
