"""Finding a record and telling its whole story."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit import services as trail
from audit.services import StoryLine
from connectors.models import Failure, RecordLink, SyncJob

FOUND_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Story:
    """Everything known of one record of a job: links, history, what was read, wanted and confirmed."""

    links: Sequence[RecordLink]
    lines: Sequence[StoryLine]
    failures: Sequence[Failure]
    payloads: dict[bytes, Any]

    def payload(self, digest: bytes | memoryview | None) -> Any:
        """A stored payload as JSON, None where it was erased or outlived its retention."""
        return self.payloads.get(bytes(digest)) if digest else None


def search(text: str) -> list[RecordLink]:
    """Links by e-mail address, source key, or id at the destination; exact first, then by beginning."""
    text = text.strip()
    if not text:
        return []
    jobs = {
        job.pk: [target.sink for target in job.flow.targets]
        for job in SyncJob.objects.select_related("integration")
    }
    sinks = {sink for names in jobs.values() for sink in names}
    links = RecordLink.objects.select_related("job__integration").exclude(state=RecordLink.State.WANTED)
    # Each look-up names the leading columns of an index: a search must stay quick among millions of records.
    by_key = links.filter(job__in=jobs, sink__in=sinks)
    queries = (
        links.filter(handle=text.lower()),
        by_key.filter(source_key=text),
        by_key.filter(target_key=text),
        links.filter(handle__startswith=text.lower()),
        by_key.filter(source_key__startswith=text),
    )
    found: dict[UUID, RecordLink] = {}
    for query in queries:
        if len(found) < FOUND_LIMIT:
            found |= {link.pk: link for link in query[:FOUND_LIMIT]}
    return list(found.values())[:FOUND_LIMIT]


def story(link: RecordLink) -> Story:
    """The story of a record: all links of its job with the same source key."""
    links = list(
        RecordLink.objects.filter(job_id=link.job_id, source_key=link.source_key)
        .select_related("job__integration__source", "job__integration__destination", "run")
        .order_by("sink")
    )
    lines = trail.story([one.pk for one in links])
    digests = {
        bytes(digest)
        for one in (*links, *(line.event for line in lines))
        for name in (
            "source_digest",
            "desired_digest",
            "confirmed_digest",
            "sent_digest",
            "payload_digest",
            "trace_digest",
            "answer_digest",
        )
        if (digest := getattr(one, name, None))
    }
    payloads = {digest: json.loads(body) for digest, body in trail.load_payloads(digests).items()}
    failures = list(Failure.objects.filter(link__in=links).order_by("-opened_at")[:20])
    return Story(links, lines, failures, payloads)
