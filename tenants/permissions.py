"""What each role may do, and how pages ask."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect

from tenants.models import ApiKey, Membership, Role, Tenant
from tenants.requests import AnyRequest, TenantRequest

P = ParamSpec("P")


class Action(StrEnum):
    VIEW = "view"
    RUN = "run"
    REPLAY = "replay"
    EDIT_AND_REPLAY = "edit_and_replay"
    CONFIGURE = "configure"
    MANAGE_CREDENTIALS = "manage_credentials"
    MANAGE_TEAM = "manage_team"
    DELETE_TENANT = "delete_tenant"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


_VIEWER = frozenset({Action.VIEW})
_OPERATOR = _VIEWER | {Action.RUN, Action.REPLAY}
_ADMIN = _OPERATOR | {Action.EDIT_AND_REPLAY, Action.CONFIGURE, Action.MANAGE_CREDENTIALS, Action.MANAGE_TEAM}
_OWNER = _ADMIN | {Action.DELETE_TENANT}

ALLOWED = {Role.VIEWER: _VIEWER, Role.OPERATOR: _OPERATOR, Role.ADMIN: _ADMIN, Role.OWNER: _OWNER}

# People and keys are let in by people only.
KEY_SCOPES = _ADMIN - {Action.MANAGE_CREDENTIALS, Action.MANAGE_TEAM}


def allowed(holder: Membership | ApiKey | None) -> frozenset[Action]:
    """All that a member or an API key may do. A suspended tenant may look, and change nothing."""
    if holder is None:
        return frozenset()
    if isinstance(holder, Membership):
        actions = ALLOWED[Role(holder.role)]
    else:
        actions = frozenset(Action(scope) for scope in holder.scopes) & KEY_SCOPES
    return actions & _VIEWER if holder.tenant.state == Tenant.State.SUSPENDED else actions


def can(holder: Membership | ApiKey | None, action: Action) -> bool:
    return action in allowed(holder)


TenantView = Callable[Concatenate[TenantRequest, P], HttpResponseBase]
AnyView = Callable[Concatenate[AnyRequest, P], HttpResponseBase]


def requires(action: Action) -> Callable[[TenantView[P]], AnyView[P]]:
    """Lets only members of the tenant in scope through who may do this."""

    def decorate(view: TenantView[P]) -> AnyView[P]:
        @wraps(view)
        def guarded(request: AnyRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.membership is None:
                return redirect("tenants:start")
            if not can(request.membership, action):
                raise PermissionDenied(f"Your role here ({request.membership.role}) does not allow this.")
            return view(request, *args, **kwargs)  # type: ignore[arg-type]  # by now it is a TenantRequest

        return guarded

    return decorate
