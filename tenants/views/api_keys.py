"""The page of API keys."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tenants.forms import ApiKeyForm
from tenants.models import ApiKey
from tenants.permissions import Action, requires
from tenants.requests import TenantRequest
from tenants.services import Refused, create_api_key, revoke_api_key


@require_safe
@requires(Action.MANAGE_CREDENTIALS)
def api_keys(request: TenantRequest) -> HttpResponse:
    """Template tenants/api_keys.html.

    keys: list of ApiKey, newest first, with `.created_by`
    form: ApiKeyForm (name, scopes, days)
    secret: the new key in clear, to be shown this once, or ""
    """
    return _page(request, ApiKeyForm(by=request.membership))


@never_cache
@require_POST
@requires(Action.MANAGE_CREDENTIALS)
def create(request: TenantRequest) -> HttpResponse:
    """Answers with the page, not a redirect: the secret may be kept nowhere, so not in the session either."""
    form = ApiKeyForm(request.POST, by=request.membership)
    if not form.is_valid():
        return _page(request, form)
    try:
        _, secret = create_api_key(
            request.membership,
            form.cleaned_data["name"],
            form.cleaned_data["scopes"],
            form.expires,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form)
    return _page(request, ApiKeyForm(by=request.membership), secret)


@require_POST
@requires(Action.MANAGE_CREDENTIALS)
def revoke(request: TenantRequest, pk: UUID) -> HttpResponse:
    try:
        key = revoke_api_key(request.membership, pk)
    except ApiKey.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, f"{key.name} no longer works.")
    return redirect("tenants:api_keys")


def _page(request: TenantRequest, form: ApiKeyForm, secret: str = "") -> HttpResponse:
    context = {"keys": list(ApiKey.objects.select_related("created_by")), "form": form, "secret": secret}
    return render(request, "tenants/api_keys.html", context, status=422 if form.is_bound else 200)
