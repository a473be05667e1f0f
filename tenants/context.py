"""What every page may ask about the tenant it is for."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tenants.permissions import allowed
from tenants.services import memberships_of


def tenancy(request: HttpRequest) -> dict[str, Any]:
    """`tenant`, `membership`, `memberships` (the person's, read only if used), `may` (the allowed actions).

    In a template: {% if "run" in may %}.
    """
    membership = getattr(request, "membership", None)
    return {
        "tenant": getattr(request, "tenant", None),
        "membership": membership,
        "memberships": SimpleLazyObject(lambda: memberships_of(membership.user)) if membership else [],
        "may": {str(action) for action in allowed(membership)},
    }
