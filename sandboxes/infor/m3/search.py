"""SQRY, the enterprise search query: `CUNO:9* RGDT:20210714`. Only as much of it as has been seen."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from sandboxes.infor.m3.call import Nok

_TERM = re.compile(r"(?P<field>[A-Z][A-Z0-9]{3}):(?P<pattern>[^:\s]+)")


class Search:
    """All terms must fit. Anything but `FIELD:value`, with `*` for whatever, is refused."""

    def __init__(self, query: str) -> None:
        self._terms: list[tuple[str, str]] = []
        for word in query.split():
            term = _TERM.fullmatch(word)
            if term is None or set(term["pattern"]) & set("[]?"):
                raise Nok(f"The search query is not valid: {word}", "XSE0002", "SQRY")
            self._terms.append((term["field"], term["pattern"]))

    def finds(self, row: Mapping[str, str]) -> bool:
        return all(fnmatchcase(row.get(name, ""), pattern) for name, pattern in self._terms)
