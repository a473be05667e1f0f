"""Which scope a request works in, and what is left afterwards."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from tenants.middleware import AdminScopeMiddleware, TenantMiddleware
from tenants.models import Membership, Tenant, User
from tenants.requests import AnyRequest
from tenants.scope import NoTenantInScope, current_scope, current_tenant_id, tenant_scope

View = Callable[[AnyRequest], HttpResponseBase]


def ask(view: View, user: User | AnonymousUser, path: str = "/app/") -> HttpResponseBase:
    request: Any = RequestFactory().get(path)
    request.user, request.session = user, Client().session
    return TenantMiddleware(AdminScopeMiddleware(view))(request)


def outside() -> bool:
    try:
        current_scope()
    except NoTenantInScope:
        return True
    return False


def test_a_member_works_in_the_tenant_and_its_time_zone(acme: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        Tenant.objects.update(time_zone="Asia/Tokyo")
    seen: list[object] = []

    def view(request: AnyRequest) -> HttpResponse:
        seen.extend(
            [request.tenant, request.membership, current_tenant_id(), timezone.get_current_timezone_name()]
        )
        return HttpResponse()

    ask(view, acme.user)
    assert seen == [acme.tenant, acme, acme.tenant_id, "Asia/Tokyo"]
    assert outside()
    assert timezone.get_current_timezone_name() == "UTC"


def test_an_anonymous_visitor_works_in_none(db: None) -> None:
    def view(request: AnyRequest) -> HttpResponse:
        assert (request.tenant, request.membership, request.api_key) == (None, None, None)
        with pytest.raises(NoTenantInScope):
            Tenant.objects.all()
        return HttpResponse()

    assert ask(view, AnonymousUser()).status_code == 200


def test_an_error_in_the_view_leaves_no_scope(acme: Membership) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(lambda _: HttpResponse(1 / 0), acme.user)
    assert outside()


def test_a_streamed_answer_is_made_inside_the_scope(acme: Membership) -> None:
    def parts() -> Iterator[str]:
        for _ in range(2):
            yield str(current_tenant_id())

    response = ask(lambda _: StreamingHttpResponse(parts()), acme.user)
    assert isinstance(response, StreamingHttpResponse)
    assert outside()
    for part in response:
        assert part == str(acme.tenant_id).encode()
        assert outside()


# --- the admin ---


def test_staff_see_all_tenants_in_the_admin_and_only_there(acme: Membership, globex: Membership) -> None:
    acme.user.is_staff = True
    seen: list[set[Tenant]] = []

    def view(_: AnyRequest) -> HttpResponse:
        seen.append(set(Tenant.objects.all()))
        return HttpResponse()

    ask(view, acme.user, reverse("admin:index"))
    ask(view, acme.user, "/app/")
    assert seen == [{acme.tenant, globex.tenant}, {acme.tenant}]


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_others_do_not(acme: Membership, globex: Membership, change: dict[str, bool]) -> None:
    acme.user.is_staff = True
    for name, value in change.items():
        setattr(acme.user, name, value)

    def view(_: AnyRequest) -> HttpResponse:
        assert list(Tenant.objects.all()) == [acme.tenant]
        return HttpResponse()

    ask(view, acme.user, reverse("admin:index"))


def test_the_admin_asks_to_sign_in_at_allauths_page(client: Client, db: None) -> None:
    target = client.get(reverse("admin:index"), follow=True).redirect_chain[-1][0]
    assert target.startswith(reverse("account_login"))


def test_a_customer_is_not_let_into_the_admin(acme: Membership) -> None:
    client = Client()
    client.force_login(acme.user)
    assert client.get(reverse("admin:index"), follow=True).status_code == 403
