"""Failures: by cause, each with what to do; set aside with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from connectors.forms.mapping import ReasonForm
from connectors.models import Failure
from connectors.services import replay
from connectors.services.errors import Refused
from connectors.services.reading import causes, jobs_of_tenant
from connectors.views.frame import listed, open_to, status_of, tell_refusal, uuid_or_404
from tenants.permissions import Action
from tenants.requests import TenantRequest

CRUMBS = [("Failures", "/app/failures/")]


@require_safe
@open_to(Action.VIEW)
def failure_list(request: TenantRequest) -> HttpResponse:
    """By cause (connectors/failures.html); with `cause`, `job` or `state` in rows (failure_rows.html)."""
    chosen = {name: request.GET.get(name, "") for name in ("cause", "job", "state")}
    if not any(chosen.values()):
        return render(request, "connectors/failures.html", {"causes": causes()})
    rows = _rows(chosen).select_related("link", "job__integration")
    items, page = listed(request, rows)
    context = {
        "failures": items,
        "page": page,
        "chosen": chosen,
        "is_open": chosen["state"] != "closed",
        "jobs": [(str(job.pk), str(job)) for job in jobs_of_tenant()],
        "group": _group(chosen),
        "crumbs": CRUMBS,
    }
    return render(request, "connectors/failure_rows.html", context)


@require_POST
@open_to(Action.REPLAY)
def ignore(request: TenantRequest) -> HttpResponse:
    """Template connectors/ignore.html asks for the reason. Takes `failure` ids, or `cause` and `job`."""
    chosen = failures_of(request.POST)
    count = chosen.count()
    if not count:
        messages.warning(request, "Choose at least one failure.")
        return redirect("connectors:failures")
    given = "reason" in request.POST
    form = ReasonForm(request.POST if given else None)
    if form.is_valid():
        try:
            closed = replay.ignore(list(chosen), form.cleaned_data["reason"])
        except Refused as refusal:
            tell_refusal(request, refusal)
        else:
            messages.success(request, f"{closed:,} set aside. They come back if the record fails again.")
        return redirect("connectors:failures")
    kept = [
        (name, value) for name in ("failure", "cause", "job") for value in request.POST.getlist(name) if value
    ]
    context = {"form": form, "count": count, "hidden": kept, "crumbs": CRUMBS}
    return render(request, "connectors/ignore.html", context, status=status_of(form))


def failures_of(chosen: QueryDict) -> QuerySet[Failure]:
    """Open failures that a form chose, by id or by cause and job; none where it chose nothing."""
    rows = Failure.objects.filter(resolved_at=None)
    ids = [uuid_or_404(text) for text in chosen.getlist("failure")]
    if ids:
        return rows.filter(pk__in=ids)
    if not chosen.get("cause") and not chosen.get("job"):
        return rows.none()
    return _rows({"cause": chosen.get("cause", ""), "job": chosen.get("job", "")})


def _rows(chosen: Mapping[str, str]) -> QuerySet[Failure]:
    state = chosen.get("state", "")
    if state not in {"", "open", "closed"}:
        raise Http404
    rows = Failure.objects.filter(resolved_at__isnull=state != "closed")
    if chosen.get("cause"):
        rows = rows.filter(cause=chosen["cause"])
    if chosen.get("job"):
        rows = rows.filter(job=uuid_or_404(chosen["job"]))
    return rows


def _group(chosen: Mapping[str, str]) -> str:
    """The address that replays all of what is filtered."""
    query = "&".join(f"{name}={chosen[name]}" for name in ("cause", "job") if chosen[name])
    return f"{reverse('connectors:replay_new')}?{query}" if query else ""
