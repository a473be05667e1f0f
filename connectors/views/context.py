"""The state of the whole, which the header of every page shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from connectors.services.reading import Whole, whole


def state_of_whole(request: HttpRequest) -> dict[str, Any]:
    """`whole`: `tone`, `words`, `url`, `failures`. Read only where a page shows it."""
    if getattr(request, "membership", None) is None:
        return {}
    return {"whole": SimpleLazyObject(lambda: _said(whole()))}


def _said(state: Whole) -> dict[str, Any]:
    tone, words, url = "ok", "All is well", reverse("connectors:overview")
    if state.connections:
        first = state.connections[0]
        tone, words = "attention", f"{first.name} needs you"
        url = reverse("connectors:connection", args=[first.pk])
    elif state.paused:
        job = state.paused[0]
        tone, words = "attention", f"{job.flow.title} rests"
        url = reverse("connectors:integration", args=[job.integration_id])
    elif state.failures:
        tone = "attention"
        words = "1 failure needs you" if state.failures == 1 else f"{state.failures:,} failures need you"
        url = reverse("connectors:failures")
    elif not state.is_on:
        tone, words = "off", "Nothing is turned on yet"
    return {"tone": tone, "words": words, "url": url, "failures": state.failures}
