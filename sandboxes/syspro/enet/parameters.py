"""The query of an e.net call, as bytes: XmlIn says itself how it is encoded."""

import re
from urllib.parse import unquote_to_bytes

SECRET = frozenset({"OperatorPassword", "CompanyPassword", "UserId", "XmlIn", "XmlParameters"})
REDACTED = "***"

_PART = re.compile(r"[^&]+")


def parameters(raw_query: str) -> dict[str, bytes]:
    """Names are taken exactly as written; `+` is a plus."""
    found: dict[str, bytes] = {}
    for part in _PART.findall(raw_query):
        name, _, value = part.partition("=")
        found.setdefault(unquote_to_bytes(name).decode("ascii", "replace"), unquote_to_bytes(value))
    return found


def text(given: dict[str, bytes], name: str) -> str:
    return given.get(name, b"").decode("utf-8", "replace")


def redacted(raw_query: str) -> str:
    """What is a secret or a customer's data, replaced: the journal is shown to people."""

    def hidden(match: re.Match[str]) -> str:
        name, equals, value = match[0].partition("=")
        return f"{name}={REDACTED}" if equals and value and name in SECRET else match[0]

    return _PART.sub(hidden, raw_query)
