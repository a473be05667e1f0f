"""Founding, naming and changing between organisations."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tenants.forms import StartForm, TenantForm
from tenants.middleware import choose
from tenants.models import Tenant
from tenants.permissions import Action, requires
from tenants.requests import PersonRequest, TenantRequest
from tenants.services import Refused, change_tenant, found_tenant, switch_tenant

HOME = "/app/"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.CONFIGURE)
def settings(request: TenantRequest) -> HttpResponse:
    """Template tenants/settings.html. form: TenantForm (name, time_zone, audit_days, payload_days)."""
    # A copy of its own: a refused form must not change what the rest of the page shows.
    form = TenantForm(request.POST or None, instance=Tenant.objects.get(pk=request.tenant.pk))
    if form.is_valid():
        change_tenant(request.membership, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("tenants:settings")
    return render(request, "tenants/settings.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@login_required
def switch(request: PersonRequest) -> HttpResponse:
    """Takes `tenant`, an id; leads home."""
    try:
        membership = switch_tenant(request.user, UUID(request.POST.get("tenant", "")))
    except (ValueError, Refused) as error:
        raise Http404 from error
    choose(request, membership.tenant_id)
    return redirect(HOME)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def start(request: PersonRequest) -> HttpResponse:
    """Template tenants/start.html, for who belongs nowhere yet. form: StartForm (organisation, time_zone)."""
    form = StartForm(request.POST or None)
    if form.is_valid():
        membership = found_tenant(
            request.user, form.cleaned_data["organisation"], form.cleaned_data["time_zone"]
        )
        choose(request, membership.tenant_id)
        return redirect(HOME)
    return render(request, "tenants/start.html", {"form": form}, status=422 if form.is_bound else 200)
