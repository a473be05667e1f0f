"""Which tenant a request is for. Everything behind these works inside that tenant's scope, or inside none."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from tenants.models import ApiKey, Membership, User
from tenants.requests import AnyRequest
from tenants.scope import across_tenants, tenant_scope
from tenants.services import authenticate_api_key, membership_here, memberships_of

GetResponse = Callable[[AnyRequest], HttpResponseBase]
Scope = Callable[[], AbstractContextManager[None]]
CHOSEN = "tenant"  # the session's key of the tenant the person works in


class TenantMiddleware:
    """Sets `request.tenant`, and `request.membership` of a person or `request.api_key` of a program."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: AnyRequest) -> HttpResponseBase:
        request.tenant = request.membership = request.api_key = None
        if key := _key_of(request):
            with tenant_scope(key.tenant_id):
                return self._answer(request, key)
        user = request.user
        if user.is_authenticated:
            for tenant_id in _candidates(request, user):
                with tenant_scope(tenant_id):
                    if membership := membership_here(user):
                        return self._answer(request, membership)
        return self.get_response(request)

    def _answer(self, request: AnyRequest, holder: Membership | ApiKey) -> HttpResponseBase:
        request.tenant = holder.tenant
        if isinstance(holder, ApiKey):
            request.api_key = holder
        else:
            request.membership = holder
            choose(request, holder.tenant_id)
        with timezone.override(holder.tenant.zone):
            return _kept(self.get_response(request), lambda: tenant_scope(holder.tenant_id))


class AdminScopeMiddleware:
    """Support staff see all tenants in the admin, and only there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: AnyRequest) -> HttpResponseBase:
        if not request.path_info.startswith(reverse("admin:index")) or not _is_staff(request):
            return self.get_response(request)
        with across_tenants("admin"):
            return _kept(self.get_response(request), lambda: across_tenants("admin"))


def choose(request: HttpRequest, tenant_id: UUID) -> None:
    """Remember the tenant this person works in."""
    if request.session.get(CHOSEN) != str(tenant_id):
        request.session[CHOSEN] = str(tenant_id)


def _candidates(request: AnyRequest, user: User) -> Iterator[UUID]:
    if chosen := request.session.get(CHOSEN):
        yield UUID(chosen)
    for membership in memberships_of(user):
        yield membership.tenant_id


def _key_of(request: AnyRequest) -> ApiKey | None:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return authenticate_api_key(secret.strip()) if kind.lower() == "bearer" else None


def _is_staff(request: AnyRequest) -> bool:
    return request.user.is_authenticated and request.user.is_active and request.user.is_staff


def _kept(response: HttpResponseBase, scope: Scope) -> HttpResponseBase:
    """A streamed answer is made after the middleware returned: each of its parts enters the scope again."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        parts = response.streaming_content
        if isinstance(parts, Iterator):  # or else asynchronous, which we do not serve
            response.streaming_content = _inside(scope, parts)
    return response


def _inside(scope: Scope, parts: Iterator[bytes]) -> Iterator[bytes]:
    while True:
        with scope():
            part = next(parts, None)
        if part is None:
            return
        yield part
