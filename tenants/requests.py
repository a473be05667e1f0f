"""What the middleware adds to a request, for type checkers."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from tenants.models import ApiKey, Membership, Tenant, User


class AnyRequest(HttpRequest):
    """Behind TenantMiddleware: a person's, a program's, or neither's."""

    user: User | AnonymousUser
    tenant: Tenant | None
    membership: Membership | None
    api_key: ApiKey | None


class PersonRequest(HttpRequest):
    """Somebody who is signed in, member of a tenant or not."""

    user: User


class TenantRequest(PersonRequest):
    """Somebody who works in a tenant and was let through by `requires()`."""

    tenant: Tenant
    membership: Membership
