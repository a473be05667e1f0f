"""What every tenant-owned model is made of."""

from typing import TypeVar
from uuid import UUID

from django.db import models

from tenants.ids import uuid7
from tenants.scope import current_scope, current_tenant_id

M_co = TypeVar("M_co", bound=models.Model, covariant=True)
_ST = TypeVar("_ST")
_GT = TypeVar("_GT")


class WrongTenant(Exception):
    """A row of one tenant was to be saved in another tenant's scope."""


class TenantManager(models.Manager[M_co]):
    """Shows the rows of the tenant in scope, all rows inside `across_tenants()`, and raises outside both."""

    def __init__(self, column: str = "tenant_id") -> None:
        super().__init__()
        self._column = column

    def get_queryset(self) -> models.QuerySet[M_co]:
        tenant_id = current_scope().tenant_id
        everything = super().get_queryset()
        return everything if tenant_id is None else everything.filter(**{self._column: tenant_id})

    def none(self) -> models.QuerySet[M_co]:
        return super().get_queryset().none()


class TenantKey(models.ForeignKey[_ST, _GT]):
    """The owner of a row: filled from the scope when the row is first saved, by itself or in bulk."""

    def pre_save(self, model_instance: models.Model, add: bool) -> UUID:  # noqa: FBT001
        owner: UUID | None = getattr(model_instance, self.attname)
        if owner is None:
            owner = current_tenant_id()
            setattr(model_instance, self.attname, owner)
        if current_scope().tenant_id not in (None, owner):
            raise WrongTenant(
                f"This {type(model_instance).__name__} belongs to another tenant than the one in scope."
            )
        return owner


class TenantOwned(models.Model):
    """Base of everything a tenant owns. Its table needs `tenants.rls.protect()` in a migration as well.

    Deleting a tenant is a procedure, not a cascade. A table too hot for the extra index overrides `tenant`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = TenantKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", editable=False, blank=True
    )

    objects = TenantManager()

    class Meta:
        abstract = True
