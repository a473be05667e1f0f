"""Support's view of people and tenants: suspend, mend roles, revoke keys. No secret and no hash is shown."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from tenants.models import ApiKey, Invitation, Membership, Tenant, User
from tenants.scope import tenant_scope
from tenants.signals import report


class _NotMadeHere(admin.ModelAdmin[Any]):
    """Rows that only the product makes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class _ReadOnly(_NotMadeHere):
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ["email", "name", "is_active", "is_staff", "last_login", "created"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_staff", "is_superuser", "groups", "last_login", "created"]
    readonly_fields = ["last_login", "created"]
    filter_horizontal = ["groups"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        # Nobody may lift themselves, or a friend, above their own rights.
        mighty = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return [*self.readonly_fields, *mighty]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # the trail names people; switch them off instead

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:  # noqa: FBT001
        if not change:
            obj.set_unusable_password()  # the person sets one with "forgot password"
        super().save_model(request, obj, form, change)


@admin.register(Tenant)
class TenantAdmin(_NotMadeHere):
    list_display = ["name", "slug", "state", "time_zone", "created"]
    list_filter = ["state"]
    search_fields = ["name", "slug"]
    readonly_fields = ["id", "slug", "created"]
    actions = ["suspend", "reactivate"]

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Tenant, form: ModelForm[Tenant], change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        _report(request, "tenant_changed", obj, {name: form.cleaned_data[name] for name in form.changed_data})

    @admin.action(description="Suspend", permissions=["change"])
    def suspend(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> None:
        self._set_state(request, tenants, Tenant.State.SUSPENDED)

    @admin.action(description="Reactivate", permissions=["change"])
    def reactivate(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> None:
        self._set_state(request, tenants, Tenant.State.ACTIVE)

    def _set_state(self, request: HttpRequest, tenants: QuerySet[Tenant], state: Tenant.State) -> None:
        for tenant in tenants.exclude(state=state):
            tenant.state = state
            tenant.save(update_fields=["state"])
            _report(request, "tenant_changed", tenant, {"state": state})
        self.message_user(request, f"Now {state.label.lower()}.")


@admin.register(Membership)
class MembershipAdmin(_NotMadeHere):
    list_display = ["user", "tenant", "role", "created"]
    list_filter = ["role"]
    list_select_related = ["user", "tenant"]
    search_fields = ["user__email", "tenant__name"]
    fields = ["user", "tenant", "role", "created"]
    readonly_fields = ["user", "tenant", "created"]

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return False  # the tenant's owners remove members; support mends roles

    def save_model(
        self,
        request: HttpRequest,
        obj: Membership,
        form: ModelForm[Membership],
        change: bool,  # noqa: FBT001
    ) -> None:
        super().save_model(request, obj, form, change)
        _report(request, "role_changed", obj.tenant, {"member": obj.user.email, "after": obj.role})


@admin.register(Invitation)
class InvitationAdmin(_ReadOnly):
    list_display = ["email", "tenant", "role", "invited_by", "created", "expires", "accepted", "withdrawn"]
    list_select_related = ["tenant", "invited_by"]
    search_fields = ["email", "tenant__name"]
    fields = ["tenant", "email", "role", "invited_by", "created", "expires", "accepted", "withdrawn"]


@admin.register(ApiKey)
class ApiKeyAdmin(_ReadOnly):
    list_display = ["name", "prefix", "tenant", "created_by", "created", "expires", "last_used", "revoked"]
    list_select_related = ["tenant", "created_by"]
    search_fields = ["name", "prefix", "tenant__name"]
    fields = [
        "tenant",
        "name",
        "prefix",
        "scopes",
        "created_by",
        "created",
        "expires",
        "last_used",
        "revoked",
    ]
    actions = ["revoke"]

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for key in keys.filter(revoked=None).select_related("tenant"):
            key.revoked = timezone.now()
            key.save(update_fields=["revoked"])
            _report(request, "api_key_revoked", key.tenant, {"name": key.name, "prefix": key.prefix})
        self.message_user(request, "Revoked.")


def _report(request: HttpRequest, kind: str, tenant: Tenant, data: dict[str, Any]) -> None:
    actor = request.user if isinstance(request.user, User) else None
    with tenant_scope(tenant):
        report(kind, tenant.pk, actor, by_support=True, **data)
