"""Calls to the projections of one IFS Cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, RecordRejected, RetryLater
from connectors.sdk.system import Account
from connectors.systems.ifs_cloud.errors import NAME, RULES, words_of
from connectors.systems.ifs_cloud.metadata import Metadata
from connectors.systems.ifs_cloud.odata import Json, Query, by_key, clean, etag_of, resolved
from connectors.systems.ifs_cloud.settings import settings_of
from connectors.systems.ifs_cloud.token import shared_token

MOST_LINKS = 10_000
MOST_EMPTY_PAGES = 20
_METADATA = {"Accept": "application/xml"}
_PLAIN = {"Accept": "text/plain"}


@dataclass(frozen=True, slots=True)
class ServerPage:
    """One answer of a collection, as it came."""

    rows: list[Json]
    next_link: str
    count: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One record with the version it has."""

    data: Json
    etag: str


class IfsClient:
    """The projections of an account, as far as we use them. Safe to share between threads."""

    def __init__(self, account: Account) -> None:
        self._root = settings_of(account).service_root
        self._http = account.connect(
            base_url=self._root, auth=shared_token(account), rules=RULES, words_of=words_of
        )

    def pages(
        self, template: str, query: Query, path: Mapping[str, str] | None = None, *, exact: bool = False
    ) -> Iterator[ServerPage]:
        """The pages of one query: the first, then whatever the server's own next links lead to.

        Raises `ConfigProblem` where the links never end, and for a query or set the projection does not know.
        """
        service_root = f"{self._root}/{template.split('/')[1]}"
        page = self._page(self._collection(template, query, path), exact=exact)
        links: set[str] = set()
        empty = 0
        while True:
            yield page
            if not page.next_link:
                return
            link = resolved(page.next_link, service_root, page.url)
            empty = 0 if page.rows else empty + 1
            if link in links or len(links) >= MOST_LINKS or empty > MOST_EMPTY_PAGES:
                raise endless(template)
            links.add(link)
            before, page = page, self._page(self._followed(link, template), exact=exact)
            if page.rows and page.rows == before.rows:
                raise endless(template)

    def rows(
        self, template: str, query: Query, path: Mapping[str, str] | None = None, *, exact: bool = False
    ) -> list[Json]:
        """All rows of one query, its next links followed."""
        return [row for page in self.pages(template, query, path, exact=exact) for row in page.rows]

    def count(self, template: str, condition: str = "") -> int | None:
        """How many records there are, None where the set cannot tell."""
        try:
            answer = self._collection(template, Query(filter=condition, top=1, count=True))
            if (told := self._page(answer, exact=False).count) is not None:
                return told
            answer = self._collection(f"{template}/$count", Query(filter=condition), headers=_PLAIN)
            return int(answer.body.decode("utf-8-sig").strip())
        except (ConfigProblem, RetryLater, ValueError):  # a count is a comfort, never a reason to stop
            return None

    def entity(self, place: str, keys: Mapping[str, str], *, exact: bool = False) -> Entity:
        """One record by key, fresh; raises `RecordRejected` (code not_found) where it does not exist."""
        template, path = by_key(place, keys)
        return _entity(self._http.call("GET", template, path=path), exact=exact)

    def patch(self, place: str, keys: Mapping[str, str], body: Json, etag: str) -> Entity | None:
        """Change a record that still has this version; its new state if IFS tells.

        There is no way to leave the version out: without `If-Match` IFS takes a PATCH for an upsert and may
        create a record.
        """
        if not etag or etag == "*":
            raise ValueError("a change needs the version it is made to")
        template, path = by_key(place, keys)
        answer = self._http.call("PATCH", template, path=path, json=body, headers={"If-Match": etag})
        return _entity(answer, exact=False) if answer.body.strip() else None

    def service_document(self, projection: str) -> frozenset[str]:
        """The names of the entity sets of a projection."""
        body = read_json(self._http.get(f"/{projection}.svc/"), NAME)
        listed = body.get("value") if isinstance(body, dict) else None
        if not isinstance(listed, list):
            raise _strange(projection)
        return frozenset(
            str(entry["name"]) for entry in listed if isinstance(entry, dict) and "name" in entry
        )

    def metadata(self, projection: str) -> Metadata:
        """Sets, attributes, navigations and enums of a projection."""
        return Metadata.parsed(self._http.get(f"/{projection}.svc/$metadata", headers=_METADATA).body)

    def _collection(
        self,
        template: str,
        query: Query,
        path: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        try:
            return self._http.call("GET", template, path=path, query=query.pairs(), headers=headers)
        except RecordRejected as fault:
            raise _misunderstood(template, fault) from fault

    def _followed(self, link: str, template: str) -> Answer:
        try:
            return self._http.follow(link)
        except RecordRejected as fault:
            raise _misunderstood(template, fault) from fault

    def _page(self, answer: Answer, *, exact: bool) -> ServerPage:
        body = read_json(answer, NAME, exact=exact)
        rows = body.get("value") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _strange(answer.url.partition("?")[0])
        link, count = body.get("@odata.nextLink"), body.get("@odata.count")
        told = isinstance(count, int | str | Decimal) and str(count).isdecimal()
        return ServerPage(
            rows, link if isinstance(link, str) else "", int(str(count)) if told else None, answer.url
        )


def endless(template: str) -> ConfigProblem:
    """A reading that would never end."""
    return ConfigProblem(
        f"{NAME} keeps sending us in a circle while we read {template.strip('/')}: the same page comes "
        "again and again. We stopped; choose another projection for it, or report this to whoever runs "
        "your environment.",
        code="endless_paging",
    )


def _entity(answer: Answer, *, exact: bool) -> Entity:
    body: Any = read_json(answer, NAME, exact=exact)
    if not isinstance(body, dict):
        raise _strange(answer.url.partition("?")[0])
    return Entity(clean(body), etag_of(body) or answer.headers.get("etag", ""))


def _misunderstood(template: str, fault: RecordRejected) -> ConfigProblem:
    """A collection that is refused is no matter of one record."""
    what = template.strip("/")
    text = (
        f"There is no {what} in this deployment of {NAME}. Check the projection and the deployment (main "
        "or int) in the settings."
        if fault.code == "not_found"
        else f"{NAME} could not read {what}: {fault.text}"
    )
    return ConfigProblem(text, detail=fault.detail, code=fault.code)


def _strange(what: str) -> ConfigProblem:
    return ConfigProblem(
        f"{NAME} answered for {what} with something that is no OData. Check the address and the deployment.",
        code="no_odata",
    )
