"""What all pages share: who may see them, who is written down, what is not found, how lists go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpResponseBase

from audit.actors import Actor, ActorKind, actor_scope
from audit.paging import BadCursor, page_of
from audit.paging import Page as Rows
from connectors.services.errors import Refused
from tenants.permissions import Action, AnyView, TenantView, requires
from tenants.requests import PersonRequest, TenantRequest

P = ParamSpec("P")
M = TypeVar("M", bound=Model)


def actor_of(request: PersonRequest) -> Actor:
    """The person behind a request, as the trail names them."""
    return Actor(ActorKind.PERSON, str(request.user.pk), request.user.email)


def open_to(action: Action) -> Callable[[TenantView[P]], AnyView[P]]:
    """Lets in who may do this, and writes down whatever they do as theirs."""

    def decorate(view: TenantView[P]) -> AnyView[P]:
        @requires(action)
        @wraps(view)
        def entered(request: TenantRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            with actor_scope(actor_of(request)):
                return view(request, *args, **kwargs)

        return entered

    return decorate


def found(rows: QuerySet[M], pk: UUID) -> M:
    """The tenant's own row of this id; anybody else's does not exist."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def uuid_or_404(text: str) -> UUID:
    """An id out of an address or a form."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@dataclass(frozen=True, slots=True)
class Paging:
    """What components/paging.html reads."""

    words: str = ""
    previous: str = ""
    next: str = ""
    next_words: str = "Older"


def listed(
    request: TenantRequest, rows: QuerySet[M] | Callable[[str], Rows[M]], *, size: int = 50
) -> tuple[list[M], Paging]:
    """The page of a list that `?cursor=` asks for. Nothing is counted."""
    cursor = request.GET.get("cursor", "")
    try:
        page = page_of(rows, after=cursor, size=size) if isinstance(rows, QuerySet) else rows(cursor)
    except BadCursor as error:
        raise Http404 from error
    return page.items, Paging(next=page.next)


def tell_refusal(request: TenantRequest, refusal: Refused) -> None:
    """Say a refusal on the next page, where there is no form to say it on."""
    fields = "; ".join(f"{name.replace('_', ' ')}: {text}" for name, text in refusal.fields.items())
    messages.error(request, f"{refusal.text} {fields}".strip())


def status_of(form: BaseForm) -> int:
    """A form that comes back with errors is no success; htmx swaps a 422 all the same."""
    return 422 if form.is_bound and form.errors else 200


Context = dict[str, Any]
