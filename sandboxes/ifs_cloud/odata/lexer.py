"""Splits a `$filter` into tokens. A `+` is a plus; only a blank separates."""

import re
from dataclasses import dataclass
from enum import StrEnum

from sandboxes.ifs_cloud.errors import OdpError, bad_request

MAX_TOKENS = 20_000


class T(StrEnum):
    ENUM = "enum"
    TEXT = "text"
    TIME = "time"
    DATE = "date"
    NUMBER = "number"
    NAME = "name"
    PUNCTUATION = "punctuation"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`spaced` tells whether a blank stood before it: operators need one on either side."""

    type: T
    text: str
    at: int
    spaced: bool


_TOKEN = re.compile(
    r"""(?P<blank>[ \t]*)(?:
      (?P<enum>(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*'(?:[^']|'')*')
    | (?P<text>'(?:[^']|'')*')
    | (?P<time>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)?)
    | (?P<date>\d{4}-\d\d-\d\d(?![\w-]))
    | (?P<number>-?\d+(?:\.\d+)?(?![\w.-]))
    | (?P<name>[A-Za-z_$@][\w./$]*)
    | (?P<punctuation>[(),:])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise syntax_error(text, at)
        kind = T(match.lastgroup)
        found.append(Token(kind, match[match.lastgroup], match.start(match.lastgroup), bool(match["blank"])))
        if kind is T.END:
            return found
        if len(found) > MAX_TOKENS:
            raise bad_request("The filter is too long.")
        at = match.end()


def syntax_error(text: str, at: int) -> OdpError:
    return bad_request(f"The expression has a syntax error at position {at}: '{text[at : at + 20]}'.")
