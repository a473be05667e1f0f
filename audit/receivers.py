"""Writes down what people do in the room below, which tells of it by a signal as it may not know this one."""

from typing import Any
from uuid import UUID

from audit.actors import Actor, ActorKind, current_actor
from audit.services import append
from tenants.models import User
from tenants.scope import tenant_scope


def on_acted(kind: str, tenant_id: UUID, actor: User | None, data: dict[str, Any], **_: Any) -> None:
    """Receiver of `tenants.signals.acted`, inside the sender's transaction and as its last step."""
    with tenant_scope(tenant_id):
        append(kind, actor=_actor(actor, by_support=bool(data.get("by_support"))), data=data)


def _actor(user: User | None, *, by_support: bool) -> Actor:
    if user is None:
        return current_actor()
    return Actor(ActorKind.STAFF if by_support else ActorKind.PERSON, str(user.pk), user.email)
