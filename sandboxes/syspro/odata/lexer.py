"""The words of a `$filter`, each with its place."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from sandboxes.syspro.odata.errors import ODataError, bad_request


class T(Enum):
    TEXT = auto()
    MOMENT = auto()
    DATE = auto()
    NUMBER = auto()
    NAME = auto()
    PUNCTUATION = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    type: T
    text: str
    at: int


_TOKEN = re.compile(
    r"""[ ]*(?:
        (?P<TEXT>'(?:[^']|'')*')
      | (?P<MOMENT>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))
      | (?P<DATE>\d{4}-\d\d-\d\d(?![\dT]))
      | (?P<NUMBER>-?\d+(?:\.\d+)?(?![\w.-]))
      | (?P<NAME>[^\W\d][\w/]*)
      | (?P<PUNCTUATION>[(),])
    )""",
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at, text = 0, text.rstrip(" ")
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise syntax_error(text, at)
        found.append(Token(T[match.lastgroup], match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return [*found, Token(T.END, "", len(text))]


def syntax_error(text: str, at: int) -> ODataError:
    return bad_request(f"Syntax error at position {at} in '{text}'.")
