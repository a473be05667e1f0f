"""The trail for support staff: read-only, newest first, and never counted."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from audit.models import ApiCall, AuditEntry, Payload, RecordEvent
from tenants.models import Tenant

SHOWN = 1000
"""How many rows one can leaf through; finding something older is what search and filters are for."""
_TENANTS_OFFERED = 200


class NewestPages(Paginator[Any]):
    """Pages of the newest rows: counting all takes minutes, seeing whether there are 1,000 does not."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return len(rows.values_list("pk")[:SHOWN] if isinstance(rows, QuerySet) else rows)


class SinceFilter(admin.SimpleListFilter):
    title = "time"
    parameter_name = "since"
    _spans = {
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=31),
    }

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(name, f"Last {name}") for name in self._spans]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        span = self._spans.get(self.value() or "")
        return queryset.filter(at__gte=timezone.now() - span) if span else queryset


class TenantFilter(admin.SimpleListFilter):
    """The tenants by name. Any other's id can be put into the address as well."""

    title = "tenant"
    parameter_name = "tenant"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(str(tenant.pk), tenant.name) for tenant in Tenant.objects.all()[:_TENANTS_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if wanted is None:
            return queryset
        if (tenant_id := _uuid(wanted)) is None:
            raise IncorrectLookupParameters
        return queryset.filter(tenant_id=tenant_id)


class TrailAdmin(admin.ModelAdmin[Any]):
    """Nothing can be added, changed or removed, and no page asks for more than it shows.

    Search finds whole ids and words, in the columns that `searched_ids` and `searched_texts` name.
    """

    ordering = ["-id"]
    list_filter = [SinceFilter, TenantFilter]
    list_select_related = ["tenant"]
    paginator = NewestPages
    show_full_result_count = False
    list_per_page = 100
    list_max_show_all = 0
    actions = None
    searched_ids: tuple[str, ...] = ()
    searched_texts: tuple[str, ...] = ()

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.searched_ids, *self.searched_texts)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(pk__in=[])
        for name in self.searched_texts:
            wanted |= Q(**{name: term})
        if (key := _uuid(term)) is not None:
            for name in self.searched_ids:
                wanted |= Q(**{name: key})
        return queryset.filter(wanted), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(TrailAdmin):
    list_display = ["at", "tenant", "seq", "kind", "actor", "subject"]
    list_filter = [SinceFilter, TenantFilter, "actor_kind"]
    searched_ids = ("id", "run_id", "job_id")
    searched_texts = ("kind", "subject_id", "actor_id")
    fields = [
        *(
            "at",
            "tenant",
            "seq",
            "kind",
            "actor_kind",
            "actor_id",
            "actor_label",
            "subject_type",
            "subject_id",
        ),
        *("job_id", "run_id", "data", "hash_before", "hash_here"),
    ]
    readonly_fields = ["tenant", "hash_before", "hash_here"]

    @admin.display(description="by")
    def actor(self, entry: AuditEntry) -> str:
        return entry.actor_label or entry.actor_id or entry.get_actor_kind_display()

    @admin.display(description="about")
    def subject(self, entry: AuditEntry) -> str:
        return f"{entry.subject_type} {entry.subject_id}".strip()

    @admin.display(description="previous hash")
    def hash_before(self, entry: AuditEntry) -> str:
        return bytes(entry.prev_hash).hex()

    @admin.display(description="hash")
    def hash_here(self, entry: AuditEntry) -> str:
        return bytes(entry.hash).hex()


class FailedFilter(admin.SimpleListFilter):
    title = "answer"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("ok", "Good"), ("refused", "4xx"), ("failed", "5xx"), ("none", "No answer")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "ok":
                return queryset.filter(status__range=(1, 399))
            case "refused":
                return queryset.filter(status__range=(400, 499))
            case "failed":
                return queryset.filter(status__gte=500)
            case "none":
                return queryset.filter(status=0)
            case _:
                return queryset


@admin.register(ApiCall)
class ApiCallAdmin(TrailAdmin):
    list_display = [
        "at",
        "tenant",
        "system",
        "method",
        "path",
        "status",
        "duration_ms",
        "attempt",
        "error_class",
    ]
    list_filter = [SinceFilter, TenantFilter, FailedFilter]
    searched_ids = ("id", "run_id", "job_id", "connection_id")
    searched_texts = ("vendor_request_id",)
    exclude = ["request_digest", "answer_digest"]
    readonly_fields = ["tenant"]


@admin.register(RecordEvent)
class RecordEventAdmin(TrailAdmin):
    list_display = ["at", "tenant", "source_key", "sink", "kind", "outcome", "reason"]
    list_filter = [SinceFilter, TenantFilter, "kind"]
    searched_ids = ("id", "link_id", "run_id", "call_id")
    exclude = ["source_digest", "payload_digest", "trace_digest", "answer_digest"]
    readonly_fields = ["tenant"]


@admin.register(Payload)
class PayloadAdmin(TrailAdmin):
    """That a body is there, how large, and why it is gone; never the body itself."""

    ordering = ["-last_seen"]
    list_display = [
        "name",
        "tenant",
        "size",
        "encoding",
        "first_seen",
        "last_seen",
        "erased_at",
        "erased_why",
    ]
    list_display_links = None
    list_filter = [TenantFilter]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payload]:
        return super().get_queryset(request).defer("body")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("digest",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(digest=bytes.fromhex(search_term)), False
        except ValueError:
            return queryset.none(), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> None:
        """Rows have no page of their own: it would show bodies, and tenants may share a digest."""

    @admin.display(description="digest")
    def name(self, payload: Payload) -> str:
        return str(payload)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
