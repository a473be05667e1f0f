"""Who did it: the person, key or machine behind whatever is being recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db.models import TextChoices


class ActorKind(TextChoices):
    SYSTEM = "system"
    PERSON = "person"
    STAFF = "staff"
    API_KEY = "api_key", "API key"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is the key of the user, API key or partner; `label` is what people knew it by at the time."""

    kind: ActorKind
    id: str = ""
    label: str = ""


SYSTEM = Actor(ActorKind.SYSTEM)

_current: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


@contextmanager
def actor_scope(actor: Actor) -> Iterator[None]:
    """Everything recorded inside is recorded as done by this actor."""
    outer = _current.get()
    _current.set(actor)
    try:
        yield
    finally:
        _current.set(outer)


def current_actor() -> Actor:
    """The actor of the innermost `actor_scope`, else the system itself."""
    return _current.get()
