"""What an answer says: its JSON, read with care for what vendors send instead."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

import orjson

from connectors.sdk.calls import Answer
from connectors.sdk.errors import ConfigProblem, RetryLater

LARGEST_EXPONENT = 100
_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{0,200})", re.IGNORECASE)


def read_json(answer: Answer, system: str, *, exact: bool = False) -> Any:
    """The JSON of an answer; `exact` reads decimals as `Decimal`, and integers of any length.

    What the fast reader cannot read (byte order marks, lone surrogates, NaN) the standard library can.
    Raises `ConfigProblem` for HTML (a log-in or proxy page), `RetryLater` for JSON that breaks off.
    """
    if not answer.body.strip():
        return None
    try:
        if not exact:
            with suppress(orjson.JSONDecodeError):
                return orjson.loads(answer.body)
        return json.loads(answer.body, parse_float=_exact if exact else None)
    except (ValueError, RecursionError) as error:
        head = answer.body[:200].lstrip().lower()
        if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
            raise ConfigProblem(
                f"{system} answered with a web page instead of data. Check the address: "
                "it should be the one of the API.",
                detail=f"The page calls itself {_title(answer.body)!r}.",
                code="html",
            ) from error
        raise RetryLater(
            f"{system} sent an answer that breaks off or is garbled; we ask again.",
            detail=str(error),
            code="garbled",
        ) from error


def _title(body: bytes) -> str:
    """No more of a web page is kept: error pages quote whole requests, credentials and all."""
    found = _TITLE.search(body[:20_000])
    return found[1].decode("utf-8", "replace").strip() if found else ""


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
