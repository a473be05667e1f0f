"""Records: found by what people call them, and each one's whole story."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from audit import services as trail
from connectors.models import RecordLink, SyncJob
from connectors.services import records
from connectors.services.reading import jobs_of_tenant, sink_title
from connectors.views.frame import Context, Paging, found, open_to, uuid_or_404
from connectors.views.kept import beside, is_kept, whose
from connectors.views.story import flat_rows, links_of, timeline
from tenants.permissions import Action
from tenants.requests import TenantRequest

SIZE = 50


@require_safe
@open_to(Action.VIEW)
def search(request: TenantRequest) -> HttpResponse:
    """Template connectors/search.html. One record found is shown at once."""
    query = request.GET.get("q", "").strip()[:400]
    links = records.search(query)
    calls = trail.calls_by_vendor_request(query)
    if len({(link.job_id, link.source_key) for link in links}) == 1 and not calls:
        return redirect("connectors:record", pk=links[0].pk)
    return render(request, "connectors/search.html", {"query": query, "rows": _titled(links), "calls": calls})


@require_safe
@open_to(Action.VIEW)
def record_list(request: TenantRequest) -> HttpResponse:
    """Template connectors/records.html: records of one `kind` (job:sink) by key, all or in a `state`."""
    jobs = list(jobs_of_tenant())
    places: dict[str, list[tuple[str, str]]] = {}
    for job in jobs:
        of = places.setdefault(job.integration.name, [])
        of += [(f"{job.pk}:{target.sink}", _place(job, target.sink)) for target in job.flow.targets]
    first = next((value for of in places.values() for value, _ in of), "")
    kind = request.GET.get("kind", "") or first
    state = request.GET.get("state", "")
    rows, page = _browse(kind, state, request.GET.get("cursor", "")) if kind else ([], Paging())
    context = {
        "places": list(places.items()),
        "kind": kind,
        "state": state,
        "states": [pair for pair in RecordLink.State.choices if pair[0] != RecordLink.State.WANTED],
        "rows": _titled(rows, jobs),
        "page": page,
    }
    return render(request, "connectors/records.html", context)


@require_safe
@open_to(Action.VIEW)
def record_page(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Template connectors/record.html: where it is, what differs, what happened, what failed."""
    link = found(
        RecordLink.objects.select_related("job__integration__source", "job__integration__destination"), pk
    )
    story = records.story(link)
    read = next((body for one in story.links if (body := story.payload(one.source_digest))), None)
    context = {
        "link": link,
        "job": link.job,
        "places": links_of(story),
        "beside": beside(story),
        "timeline": timeline(story),
        "failures": story.failures,
        "open_failure": next((one for one in story.failures if one.resolved_at is None), None),
        "read": flat_rows(read) if isinstance(read, dict) else [],
        "crumbs": [("Records", "/app/records/")],
    }
    return render(request, "connectors/record.html", context)


def _browse(kind: str, state: str, after: str) -> tuple[list[RecordLink], Paging]:
    """By key, along the index that keeps a record once per job and sink."""
    job, _, sink = kind.partition(":")
    rows = RecordLink.objects.filter(job=uuid_or_404(job), sink=sink).exclude(state=RecordLink.State.WANTED)
    if state:
        rows = rows.filter(state=state)
    if after:
        rows = rows.filter(source_key__gt=after)
    items = list(rows.select_related("job__integration").order_by("source_key")[: SIZE + 1])
    more = len(items) > SIZE
    return items[:SIZE], Paging(next=items[SIZE - 1].source_key if more else "", next_words="Next")


def _place(job: SyncJob, sink: str) -> str:
    return job.flow.title if is_kept(job) else f"{job.flow.title}: {sink_title(job, sink)}"


def _titled(links: list[RecordLink], known: list[SyncJob] | None = None) -> list[Context]:
    jobs: dict[UUID, SyncJob] = {job.pk: job for job in known or jobs_of_tenant()}
    rows = []
    for link in links:
        job = jobs[link.job_id]
        kept = is_kept(job)
        title = "kept here" if kept else sink_title(job, link.sink)
        key = ", ".join(whose(link)) if kept else link.source_key
        rows.append({"link": link, "job": job, "title": title, "key": key})
    return rows
