"""Rows that hang under other rows: the lines of orders, the e-mail addresses of customers.

`$expand` does not reach them (contract, section 3). Where the projection offers them as a flat set, one
request with a range filter serves a whole page of parents; else each parent is asked by navigation, several
at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.sdk.paging import concurrently
from connectors.systems.ifs_cloud.client import IfsClient, endless
from connectors.systems.ifs_cloud.errors import NOT_FOUND
from connectors.systems.ifs_cloud.odata import Json, Query, all_of, any_of, by_key, chunks, literal
from connectors.systems.ifs_cloud.walk import SMALLEST_CLIP

MOST_CUTS = 100_000


@dataclass(frozen=True, slots=True)
class ChildPlace:
    """Where children are: `flat` set with the attribute that names the parent (`link`), or `parent` set and
    `navigation` from its key.

    `condition` narrows a flat set; `order` is what a navigation is ordered by.
    """

    parent: str
    parent_key: str
    navigation: str
    order: str
    flat: str = ""
    link: str = ""
    condition: str = ""


@dataclass(slots=True)
class Children:
    """Reads children of many parents."""

    client: IfsClient
    place: ChildPlace
    size: int
    threads: int
    exact: bool = False
    proven: int = SMALLEST_CLIP
    """How many rows ping got in one answer of the flat set."""

    def of(self, parents: Sequence[str], *, consecutive: bool = False) -> dict[str, list[Json]]:
        """The children of each parent. `consecutive`: the parents follow one another in the order of their
        keys, so a range is cheap.
        """
        found: dict[str, list[Json]] = {parent: [] for parent in parents}
        if not parents:
            return found
        if not self.place.flat:
            rows = concurrently(parents, self._by_navigation, self.threads)
            return dict(zip(parents, rows, strict=True))
        link = self.place.link
        for condition in self._conditions(parents, consecutive=consecutive):
            for row in self._flat(condition):
                if (children := found.get(str(row.get(link)))) is not None:
                    children.append(row)
        return found

    def _conditions(self, parents: Sequence[str], *, consecutive: bool) -> Iterator[str]:
        link = self.place.link
        if consecutive and len(parents) > 1:
            yield f"{link} ge {literal(min(parents))} and {link} le {literal(max(parents))}"
            return
        for chunk in chunks(link, parents):
            yield any_of(link, chunk)

    def _flat(self, condition: str) -> Iterator[Json]:
        """All rows of a condition, page by page, never cutting through a parent: the last one of a full page
        is read again.
        """
        link, low, before = self.place.link, "", None
        for _ in range(MOST_CUTS):
            rows = self._read(all_of(self.place.condition, condition, low))
            if not rows or not self._is_full(rows):
                yield from rows
                return
            cut = rows[-1].get(link)
            if not isinstance(cut, str):
                raise ConfigProblem(
                    f"The rows of {self.place.flat} do not say whose they are ({link}). Choose another set "
                    "in the settings.",
                    code="no_link",
                )
            whole = [row for row in rows if row.get(link) != cut]
            yield from whole
            if whole:
                low = f"{link} ge {literal(cut)}"
            else:
                yield from self._one(all_of(self.place.condition, f"{link} eq {literal(cut)}"))
                low = f"{link} gt {literal(cut)}"
            if (cut, bool(whole)) == before:
                break
            before = (cut, bool(whole))
        raise endless(self.place.flat)

    def _one(self, condition: str) -> Iterator[Json]:
        """The rows of a parent that has more of them than fit into a page."""
        skip = 0
        while rows := self._read(condition, skip):
            yield from rows
            skip += len(rows)
            if skip > MOST_CUTS:
                raise endless(self.place.flat)

    def _read(self, condition: str, skip: int = 0) -> list[Json]:
        query = Query(condition, self.place.link, self.size, skip)
        return self.client.rows(f"/{self.place.flat}", query, exact=self.exact)

    def _is_full(self, rows: list[Json]) -> bool:
        """As in `Walk`: a short page proves the end only if a longer one is known of."""
        full = len(rows) >= min(self.size, self.proven)
        self.proven = max(self.proven, len(rows))
        return full

    def _by_navigation(self, parent: str) -> list[Json]:
        place = self.place
        template, path = by_key(place.parent, {place.parent_key: parent})
        query = Query(orderby=place.order, top=self.size)
        try:
            return self.client.rows(f"{template}/{place.navigation}", query, path, exact=self.exact)
        except ConfigProblem as fault:
            gone = fault.code == NOT_FOUND and self._is_gone(parent)
            if not gone:
                raise
            return []

    def _is_gone(self, parent: str) -> bool:
        """Whether the parent was deleted since we read it, as against a navigation that does not exist."""
        try:
            self.client.entity(self.place.parent, {self.place.parent_key: parent})
        except RecordRejected:
            return True
        return False
