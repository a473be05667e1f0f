"""The page behind the link of an invitation."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.adapter import INVITATION
from tenants.middleware import choose
from tenants.requests import AnyRequest
from tenants.services import Refused, accept_invitation, find_invitation


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: AnyRequest, token: str) -> HttpResponse:
    """Template tenants/invitation.html; also for visitors who are not signed in. A POST accepts.

    invitation: Invitation with `.tenant` and `.invited_by`, or None (404: expired, used or withdrawn)
    refusal: why the POST was refused, or ""

    Visitors are offered account_login and account_signup (with ?email=), which both lead back here; those who
    are signed in, a button that POSTs.
    """
    found = find_invitation(token)
    if found is None:
        request.session.pop(INVITATION, None)
        return render(request, "tenants/invitation.html", {"invitation": None, "refusal": ""}, status=404)
    if not request.user.is_authenticated:
        request.session[INVITATION] = token
        return render(request, "tenants/invitation.html", {"invitation": found, "refusal": ""})
    if request.method != "POST":
        return render(request, "tenants/invitation.html", {"invitation": found, "refusal": ""})
    try:
        membership = accept_invitation(request.user, token)
    except Refused as refusal:
        context = {"invitation": found, "refusal": str(refusal)}
        return render(request, "tenants/invitation.html", context, status=403)
    request.session.pop(INVITATION, None)
    choose(request, membership.tenant_id)
    messages.success(request, f"Welcome to {found.tenant.name}.")
    return redirect("/app/")
