"""How this room tells the rooms above that a person did something worth keeping."""

from uuid import UUID

from django.dispatch import Signal

from tenants.models import Tenant, User

# Sent inside the transaction, as its last step, with what `report` takes.
acted = Signal()


def report(kind: str, tenant_id: UUID, actor: User | None, **data: object) -> None:
    acted.send(sender=Tenant, kind=kind, tenant_id=tenant_id, actor=actor, data=data)
