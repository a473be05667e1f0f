"""How the REST API knows who asks and what they may do."""

from dataclasses import dataclass
from uuid import UUID

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.models import ApiKey
from tenants.permissions import Action, can


@dataclass(frozen=True)
class Program:
    """The user of a request that came with an API key: nobody's account, but let in."""

    key: ApiKey
    is_authenticated: bool = True
    is_active: bool = True
    is_staff: bool = False

    @property
    def pk(self) -> UUID:
        return self.key.pk  # throttles count by it

    def __str__(self) -> str:
        return str(self.key)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mlc_…`. TenantMiddleware has found the key and entered its tenant's scope."""

    def authenticate(self, request: Request) -> tuple[Program, ApiKey] | None:
        if not request.headers.get("Authorization", "").lower().startswith("bearer "):
            return None
        key: ApiKey | None = getattr(request, "api_key", None)
        if key is None:
            raise AuthenticationFailed("This API key is unknown, has expired or was revoked.")
        return Program(key), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def needs(action: Action) -> type[BasePermission]:
    """A permission class: `permission_classes = [needs(Action.RUN)]`."""

    class Needs(BasePermission):
        message = f"This needs the right to {action.words}."

        def has_permission(self, request: Request, view: object) -> bool:
            return can(getattr(request, "api_key", None) or getattr(request, "membership", None), action)

    return Needs
