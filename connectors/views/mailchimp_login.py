"""Log in at Mailchimp: there and back again."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from connectors.forms.connections import free_name
from connectors.models import Connection
from connectors.services import mailchimp_login
from connectors.services.errors import Refused
from connectors.systems.mailchimp.oauth import is_same_state, new_state
from connectors.views.frame import found, open_to, tell_refusal, uuid_or_404
from tenants.permissions import Action
from tenants.requests import TenantRequest

KEPT = "mailchimp_login"


@require_POST
@open_to(Action.MANAGE_CREDENTIALS)
def begin(request: TenantRequest) -> HttpResponse:
    """Leads to Mailchimp. `connection` renews that connection instead of making one."""
    if not mailchimp_login.is_offered():
        raise Http404
    pk = request.POST.get("connection", "")
    if pk:
        found(Connection.objects.filter(system="mailchimp"), uuid_or_404(pk))
    state = new_state()
    request.session[KEPT] = {"state": state, "connection": pk, "tenant": str(request.tenant.pk)}
    return redirect(mailchimp_login.address(_callback(), state))


@never_cache
@require_safe
@open_to(Action.MANAGE_CREDENTIALS)
def callback(request: TenantRequest) -> HttpResponse:
    """Where Mailchimp leads back to. What was begun is forgotten at once: an answer counts once."""
    begun = request.session.pop(KEPT, {})
    same = is_same_state(begun.get("state", ""), request.GET.get("state", ""))
    if not same or begun.get("tenant") != str(request.tenant.pk):
        messages.error(request, "This log-in was not begun here, or it took too long. Start it again.")
        return redirect("connectors:connections")
    if not (code := request.GET.get("code", "")):
        messages.warning(request, "Mailchimp was not allowed to let us in, so nothing was connected.")
        return redirect("connectors:connections")
    pk = begun["connection"]
    renewed = found(Connection.objects.filter(system="mailchimp"), uuid_or_404(pk)) if pk else None
    try:
        connection = mailchimp_login.finish(code, _callback(), free_name("Mailchimp"), renewed)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("connectors:connections")
    messages.success(request, "Mailchimp lets us in. Ping it, to see what we may use.")
    return redirect("connectors:ping", pk=connection.pk)


def _callback() -> str:
    """Spelled as it was registered, whatever host the browser used."""
    return settings.PUBLIC_URL + reverse("connectors:mailchimp_callback")
