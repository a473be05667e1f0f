"""What became of something posted to the entity API: QAD refuses with status 200 and a `submitResult`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.sdk.errors import Conflict, OutcomeUnknown, RecordRejected
from connectors.systems.qad.client import Json, records_in
from connectors.systems.qad.errors import sentences

_STALE = re.compile(
    r"concurren|modified by another|changed by another|no longer current|stale", re.IGNORECASE
)
_PASSING = re.compile(r"locked by|in use by|record in use", re.IGNORECASE)
LOCKED = "locked"


def accepted(body: object, collection: str) -> list[Json]:
    """The records an answer shows, possibly none, if QAD took what was posted.

    Raises `Conflict` where the record has changed meanwhile, `RecordRejected` with QAD's words where it was
    refused, `OutcomeUnknown` where nothing says either.
    """
    result: Any = body.get("submitResult") if isinstance(body, Mapping) else None
    errors = [*_errors_in(body), *_errors_in(result)]
    records = records_in(body, collection)
    if errors or (isinstance(result, Mapping) and result.get("success") is not True):
        said = sentences(errors) or "It gave no reason."
        if any(_is_stale(error) for error in errors):
            raise Conflict("The record changed in QAD while we were writing it.", detail=said)
        code = LOCKED if _PASSING.search(said) else "refused"
        raise RecordRejected(f"QAD did not accept this: {said}", detail=str(errors)[:1000], code=code)
    if result is None and not records:
        raise OutcomeUnknown(
            "QAD answered without saying whether it took this; we look up what came of it.",
            detail=str(body)[:500],
            code=OutcomeUnknown.ANSWERED,
        )
    return records


def _errors_in(part: object) -> list[object]:
    errors = part.get("errors") if isinstance(part, Mapping) else None
    return list(errors) if isinstance(errors, list) else []


def _is_stale(error: object) -> bool:
    if not isinstance(error, Mapping):
        return bool(_STALE.search(str(error)))
    named = str(error.get("fieldName") or "") == "concurrencyHash"
    return bool(_STALE.search(str(error.get("message") or ""))) or (
        named and "mandatory" not in str(error.get("message"))
    )
