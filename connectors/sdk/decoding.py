"""What an answer says: its JSON, read with care for what vendors send instead."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.errors import ConfigProblem, RetryLater

LARGEST_EXPONENT = 100


def read_json(answer: Answer, system: str, *, exact: bool = False) -> Any:
    """The JSON of an answer; `exact` reads decimals as `Decimal`.

    Raises `ConfigProblem` for HTML (a log-in or proxy page), `RetryLater` for JSON that breaks off.
    """
    if not answer.body.strip():
        return None
    try:
        return json.loads(answer.body, parse_float=_exact if exact else None)
    except (ValueError, RecursionError) as error:
        head = answer.body[:200].lstrip().lower()
        if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
            raise ConfigProblem(
                f"{system} answered with a web page instead of data. Check the address: "
                "it should be the one of the API.",
                detail=repr(answer.body[:300]),
                code="html",
            ) from error
        raise RetryLater(
            f"{system} sent an answer that breaks off or is garbled; we ask again.",
            detail=str(error),
            code="garbled",
        ) from error


def _exact(text: str) -> Decimal:
    """A JSON number as it stands.

    Written out, one like 1e999999999 would fill the memory, so those count as garbled.
    """
    try:
        value = Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"{text[:40]} is no number") from error
    if value and abs(value.adjusted()) > LARGEST_EXPONENT:
        raise ValueError(f"{text[:40]} is no number anybody means")
    return value or Decimal(0)
