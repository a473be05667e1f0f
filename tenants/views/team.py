"""The team page and its buttons."""

from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tenants.forms import InviteForm, RoleForm, roles_offered
from tenants.models import Invitation, Membership, Role
from tenants.models.access import PENDING
from tenants.permissions import Action, can, requires
from tenants.requests import TenantRequest
from tenants.services import MailNotSent, Refused, change_role, invite, remove_member, revoke_invitation

Row = TypeVar("Row", Membership, Invitation)


@require_safe
@requires(Action.VIEW)
def team(request: TenantRequest) -> HttpResponse:
    """Template tenants/team.html.

    members: list of Membership with `.user`, oldest first; `.handled`: this person may change or remove it
    invitations: list of pending Invitation (not `.is_open`: it has expired), newest first; `.handled`
    roles: the (value, label) pairs this person may give; empty for those who may not manage the team
    form: InviteForm (email, role); None for those who may not manage the team
    """
    return _page(request)


@require_POST
@requires(Action.MANAGE_TEAM)
def send_invitation(request: TenantRequest) -> HttpResponse:
    form = InviteForm(request.POST, by=request.membership)
    if not form.is_valid():
        return _page(request, form)
    try:
        invite(request.membership, form.cleaned_data["email"], form.cleaned_data["role"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form)
    except MailNotSent as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, f"Invitation sent to {form.cleaned_data['email']}.")
    return redirect("tenants:team")


@require_POST
@requires(Action.MANAGE_TEAM)
def withdraw_invitation(request: TenantRequest, pk: UUID) -> HttpResponse:
    try:
        revoke_invitation(request.membership, pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    except Invitation.DoesNotExist as error:
        raise Http404 from error
    else:
        messages.success(request, "Invitation withdrawn.")
    return redirect("tenants:team")


@require_POST
@requires(Action.MANAGE_TEAM)
def set_role(request: TenantRequest, pk: UUID) -> HttpResponse:
    form = RoleForm(request.POST, by=request.membership)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles you may give.")
        return redirect("tenants:team")
    try:
        member = change_role(request.membership, pk, form.cleaned_data["role"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    except Membership.DoesNotExist as error:
        raise Http404 from error
    else:
        messages.success(request, f"{member.user} is now {member.role}.")
    return redirect("tenants:team")


@require_POST
@requires(Action.VIEW)
def remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Removes a member; everybody may remove themselves."""
    try:
        remove_member(request.membership, pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    except Membership.DoesNotExist as error:
        raise Http404 from error
    else:
        messages.success(request, "Removed from the team.")
    return redirect("/app/" if pk == request.membership.pk else "tenants:team")


def _page(request: TenantRequest, form: InviteForm | None = None) -> HttpResponse:
    by = request.membership
    manages = can(by, Action.MANAGE_TEAM)
    open_invitations = Invitation.objects.filter(PENDING).select_related("invited_by")
    context = {
        "members": _marked(by, Membership.objects.select_related("user").order_by("created", "id")),
        "invitations": _marked(by, open_invitations) if manages else [],
        "form": form or (InviteForm(by=by) if manages else None),
        "roles": roles_offered(by) if manages else [],
    }
    return render(request, "tenants/team.html", context, status=422 if form else 200)


def _marked(by: Membership, rows: QuerySet[Row]) -> list[Row]:
    """With `.handled` for the template: whether this person may change or remove the row."""
    manages = can(by, Action.MANAGE_TEAM)
    for row in (marked := list(rows)):
        vars(row)["handled"] = manages and (by.role == Role.OWNER or row.role != Role.OWNER)
    return marked
