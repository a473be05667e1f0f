"""The support desk: tenants' connections, jobs, runs, records and failures.

Ping, pause, run and replay are actions.

Secrets are never shown, what is history is read-only, and nothing counts rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from audit.actors import Actor, ActorKind, actor_scope
from audit.admin import NewestPages, TenantFilter
from connectors.models import (
    Connection,
    Failure,
    Integration,
    RecordLink,
    Replay,
    SyncJob,
    SyncRun,
    WebhookEndpoint,
    WebhookHint,
    WebhookReceipt,
)
from connectors.services import connections, integrations, replay, runs, webhooks
from connectors.services.errors import Refused
from tenants.scope import tenant_scope


@contextmanager
def staff_at(request: HttpRequest, tenant_id: UUID) -> Iterator[None]:
    """Act in one tenant as the member of staff who is signed in; the trail names both."""
    actor = Actor(ActorKind.STAFF, str(request.user.pk), str(request.user))
    with tenant_scope(tenant_id), actor_scope(actor):
        yield


class DeskAdmin(admin.ModelAdmin[Any]):
    """Looked at, acted upon, never edited by hand."""

    list_select_related = ["tenant"]
    paginator = NewestPages
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Customers make these themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """History is kept."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only actions change something."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Every member of staff may look."""
        return bool(request.user.is_staff)

    def each(self, request: HttpRequest, rows: Iterable[Any], act: Callable[[Any], str]) -> None:
        """Run an action on each chosen row in its tenant, and say what came of it."""
        for row in rows:
            try:
                with staff_at(request, row.tenant_id):
                    self.message_user(request, act(row))
            except Refused as refusal:
                self.message_user(request, f"{row}: {refusal.text}", messages.WARNING)


@admin.register(Connection)
class ConnectionAdmin(DeskAdmin):
    """Accounts at vendors. Credentials are shown as set or not set."""

    list_display = ["name", "tenant", "system", "state", "pinged_at", "attention_since"]
    list_filter = ["system", "state", TenantFilter]
    search_fields = ["name", "=id"]
    readonly_fields = [
        "tenant", "name", "system", "settings", "credentials", "credentials_set_at", "credentials_set_by",
        "state", "attention_text", "attention_since", "pinged_at", "checks", "findings", "created_at",
    ]  # fmt: skip
    fields = tuple(readonly_fields)
    actions = ["ping"]

    @admin.display(description="Credentials")
    def credentials(self, connection: Connection) -> str:
        """Which are set; never what they are."""
        with tenant_scope(connection.tenant_id):
            shown = connections.credentials_shown(connection)
        return ", ".join(f"{name}: {'set' if is_set else 'not set'}" for name, is_set in shown.items())

    @admin.display(description="Last ping")
    def checks(self, connection: Connection) -> SafeString:
        """The checks as the tenant saw them."""
        rows = (
            (check["outcome"], check["name"], check["text"], check["advice"]) for check in connection.ping
        )
        return format_html_join("", "<p>{} {}: {} {}</p>", rows)

    @admin.action(description="Ping")
    def ping(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Try the real system now."""

        def pinged(connection: Connection) -> str:
            checks = connections.ping(connection)
            return f"{connection}: " + "; ".join(f"{check.name} {check.outcome}" for check in checks)

        self.each(request, queryset, pinged)


class JobInline(admin.TabularInline[SyncJob, Integration]):
    """The jobs of an integration."""

    model = SyncJob
    readonly_fields = ["flow_code", "is_on", "interval", "crontab", "next_slot", "paused_reason"]
    fields = tuple(readonly_fields)
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A recipe makes them."""
        return False


@admin.register(Integration)
class IntegrationAdmin(DeskAdmin):
    """Two connections joined by a recipe."""

    list_display = ["name", "tenant", "recipe_code", "source", "destination", "is_on"]
    list_filter = ["recipe_code", "is_on", TenantFilter]
    list_select_related = ["tenant", "source", "destination"]
    search_fields = ["name", "=id"]
    readonly_fields = [
        "tenant", "name", "recipe_code", "source", "destination", "options", "is_on", "created_at",
    ]  # fmt: skip
    fields = tuple(readonly_fields)
    inlines = [JobInline]


@admin.register(SyncJob)
class SyncJobAdmin(DeskAdmin):
    """Flows, with their schedules; run, pause and resume as actions."""

    list_display = ["__str__", "tenant", "is_on", "next_slot", "paused_reason"]
    list_filter = ["flow_code", "is_on", TenantFilter]
    list_select_related = ["tenant", "integration"]
    search_fields = ["=id", "integration__name"]
    readonly_fields = [
        "tenant", "integration", "flow_code", "is_on", "interval", "crontab", "blackout_days", "busy_minutes",
        "busy_records", "next_slot", "cursor", "generation", "overrides", "mapping_version", "removal",
        "paused_reason",
    ]  # fmt: skip
    fields = tuple(readonly_fields)
    actions = ["run_now", "pause", "resume"]

    @admin.action(description="Run now")
    def run_now(self, request: HttpRequest, queryset: QuerySet[SyncJob]) -> None:
        """Open a run."""
        self.each(request, queryset, lambda job: f"{job}: run {runs.start(job).pk}")

    @admin.action(description="Pause")
    def pause(self, request: HttpRequest, queryset: QuerySet[SyncJob]) -> None:
        """Let it rest."""
        self.each(request, queryset, lambda job: f"{integrations.pause(job, 'Paused by support.')} rests.")

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, queryset: QuerySet[SyncJob]) -> None:
        """Let it go on."""
        self.each(request, queryset, lambda job: f"{integrations.resume(job)} goes on.")


@admin.register(SyncRun)
class SyncRunAdmin(DeskAdmin):
    """Executions, newest first; replay and cancel as actions."""

    list_display = [
        "created_at", "job", "tenant", "trigger", "state", "verdict", "read", "created", "updated",
        "unchanged", "skipped", "rejected", "pending", "api_calls",
    ]  # fmt: skip
    list_filter = ["state", "verdict", "trigger", TenantFilter]
    list_select_related = ["tenant", "job__integration"]
    search_fields = ["=id"]
    ordering = ["-created_at"]
    actions = ["replay_failed", "replay_all", "cancel"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """All of them."""
        return [field.name for field in SyncRun._meta.concrete_fields]  # noqa: SLF001  Django's own name

    @admin.action(description="Replay what failed in these runs")
    def replay_failed(self, request: HttpRequest, queryset: QuerySet[SyncRun]) -> None:
        """Try the failures of these runs again."""
        self.each(request, queryset, lambda run: _replayed(replay.Selection(run=run.pk)))

    @admin.action(description="Replay everything of these runs")
    def replay_all(self, request: HttpRequest, queryset: QuerySet[SyncRun]) -> None:
        """Put every record of these runs to work again."""
        self.each(request, queryset, lambda run: _replayed(replay.Selection(run=run.pk, only_failed=False)))

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, queryset: QuerySet[SyncRun]) -> None:
        """End open runs."""
        self.each(request, queryset, lambda run: f"{run}: {runs.cancel(run).get_verdict_display()}")


@admin.register(RecordLink)
class RecordLinkAdmin(DeskAdmin):
    """Records at their destinations. Search finds whole e-mail addresses, keys and ids."""

    list_display = ["handle", "source_key", "sink", "tenant", "state", "outcome", "changed_at"]
    list_filter = ["state", TenantFilter]
    list_select_related = ["tenant"]
    search_fields = ["=handle", "=id"]
    ordering = ["-id"]
    readonly_fields = [
        "tenant", "job", "sink", "source_key", "target_key", "handle", "state", "outcome", "run",
        "external_id", "external_version", "source_version", "source_at", "mapping_version", "confirmed_at",
        "sent_at", "not_before", "attempts", "reason", "text", "digests",
    ]  # fmt: skip
    fields = tuple(readonly_fields)
    actions = ["replay_links"]

    @admin.display(description="Digests (read, wanted, confirmed)")
    def digests(self, link: RecordLink) -> str:
        """The addresses of the payloads in the trail."""
        return ", ".join(
            bytes(d).hex() if d else "none"
            for d in (link.source_digest, link.desired_digest, link.confirmed_digest)
        )

    @admin.action(description="Replay")
    def replay_links(self, request: HttpRequest, queryset: QuerySet[RecordLink]) -> None:
        """Try these records again."""
        for tenant_id, ids in _by_tenant(queryset).items():
            with staff_at(request, tenant_id):
                _say(self, request, replay.Selection(links=ids, only_failed=False))


@admin.register(Failure)
class FailureAdmin(DeskAdmin):
    """What did not arrive, and why; replay as an action."""

    list_display = ["last_at", "tenant", "job", "cause", "text", "times", "resolution"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "cause", "state", TenantFilter]
    list_select_related = ["tenant", "job__integration"]
    search_fields = ["=id", "=link__source_key", "=link__handle"]
    ordering = ["-last_at"]
    actions = ["replay_failures"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """All of them."""
        return [field.name for field in Failure._meta.concrete_fields]  # noqa: SLF001  Django's own name

    @admin.action(description="Replay")
    def replay_failures(self, request: HttpRequest, queryset: QuerySet[Failure]) -> None:
        """Try these failures again."""
        for tenant_id, ids in _by_tenant(queryset).items():
            with staff_at(request, tenant_id):
                _say(self, request, replay.Selection(failures=ids))


@admin.register(Replay)
class ReplayAdmin(DeskAdmin):
    """Replays and how far they are."""

    list_display = ["created_at", "tenant", "scope", "total", "state", "by", "ended_at"]
    list_filter = ["state", TenantFilter]
    search_fields = ["=id"]
    ordering = ["-created_at"]
    actions = ["cancel"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """All of them."""
        return [field.name for field in Replay._meta.concrete_fields]  # noqa: SLF001  Django's own name

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, queryset: QuerySet[Replay]) -> None:
        """Stop these replays."""
        self.each(request, queryset, lambda one: f"{one.pk}: {replay.cancel(one).get_state_display()}")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(DeskAdmin):
    """Where vendors call us. The address is a secret of the tenant's and is not shown."""

    list_display = ["__str__", "tenant", "integration", "wanted", "state", "text", "settled_at", "settle_at"]
    list_filter = ["hook", "state", TenantFilter]
    list_select_related = ["tenant", "connection", "integration"]
    search_fields = ["=id", "=vendor_id", "connection__name"]
    readonly_fields = [
        "tenant", "connection", "integration", "hook", "wanted", "state", "text", "vendor_id", "attempts",
        "settle_at", "settled_at", "previous_until", "created_at",
    ]  # fmt: skip
    fields = tuple(readonly_fields)
    actions = ["settle", "rotate"]

    @admin.action(description="Look after it at the vendor now")
    def settle(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """Set up, take down or check, as is wanted."""

        def settled(endpoint: WebhookEndpoint) -> str:
            found = webhooks.settle_now(endpoint)
            return f"{endpoint}: {found.get_state_display()}. {found.text}"

        self.each(request, queryset, settled)

    @admin.action(description="Replace the address")
    def rotate(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """The previous one works for a while longer."""
        self.each(request, queryset, lambda one: f"{webhooks.rotate(one)}: the address was replaced.")


class HintInline(admin.TabularInline[WebhookHint, WebhookReceipt]):
    """The records a receipt named, and the run that read them."""

    model = WebhookHint
    readonly_fields = ["job", "key", "event", "at", "state", "run"]
    fields = tuple(readonly_fields)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Receipts make them."""
        return False


@admin.register(WebhookReceipt)
class WebhookReceiptAdmin(DeskAdmin):
    """What vendors have called us with, newest first, and what became of it; reading again as an action."""

    list_display = ["received_at", "endpoint", "tenant", "event", "verdict", "state", "reason", "repeats"]
    list_filter = ["state", "verdict", TenantFilter]
    list_select_related = ["tenant", "endpoint__connection"]
    search_fields = ["=id", "=delivery_id", "=hints__key"]
    ordering = ["-id"]
    readonly_fields = [
        "tenant", "endpoint", "delivery_id", "event", "verdict", "state", "reason", "received_at", "read_at",
        "repeats", "repeated_at", "headers", "content",
    ]  # fmt: skip
    fields = tuple(readonly_fields)
    inlines = [HintInline]
    actions = ["read_again"]

    @admin.display(description="Content")
    def content(self, receipt: WebhookReceipt) -> str:
        """As it came, as far as it is text."""
        return bytes(receipt.body).decode("utf-8", "replace")[:20_000] if receipt.body else "(not kept)"

    @admin.action(description="Read again")
    def read_again(self, request: HttpRequest, queryset: QuerySet[WebhookReceipt]) -> None:
        """As if they had just come."""
        self.each(request, queryset, lambda one: f"{one}: {webhooks.read_again([one])} to be read again.")


def _by_tenant(queryset: QuerySet[Any]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for tenant_id, id_ in queryset.values_list("tenant_id", "pk"):
        found.setdefault(tenant_id, []).append(id_)
    return found


def _replayed(selection: replay.Selection) -> str:
    started = replay.start(selection)
    return f"Replay of {started.total} records has started."


def _say(desk: DeskAdmin, request: HttpRequest, selection: replay.Selection) -> None:
    try:
        desk.message_user(request, _replayed(selection))
    except Refused as refusal:
        desk.message_user(request, refusal.text, messages.WARNING)
