"""Calls to the REST API of one QAD tenant, each in the workspace of the connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, RecordRejected, RetryLater
from connectors.sdk.system import Account
from connectors.systems.qad.errors import NAME, NOT_FOUND, REDIRECT, RULES, words_of
from connectors.systems.qad.login import session_of
from connectors.systems.qad.places import COOKIE
from connectors.systems.qad.session import SharedSession
from connectors.systems.qad.settings import settings_of

Json = dict[str, Any]
Pairs = Sequence[tuple[str, str]]

BROWSES = "/api/qracore/browses"
TOTAL = "/api/qracore/browses/totalCount/"
METADATA = "/api/qracore/entitymetadatas"
SUSPICIOUS = "suspicious_empty"
BROWSE_REFUSED = "browse_refused"
_HTML = "html"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a browse; several are joined by `and`. Only `eq` and `ge` are known to exist."""

    column: str
    operator: str
    value: str

    def pair(self) -> tuple[str, str]:
        """As a query parameter."""
        return "filter", f"{self.column},{self.operator},{self.value},literal"


class QadClient:
    """Browses and entities of an account. Safe to share between threads."""

    def __init__(self, account: Account, session: SharedSession | None = None) -> None:
        self.settings = settings_of(account)
        self._session = session or session_of(account)
        self._http = account.connect(
            base_url=self.settings.base_url, auth=self._session, rules=RULES, words_of=words_of
        )
        self._headers = {"x-qad-workspace-id": self.settings.workspace_id}

    # -- browses ---------------------------------------------------------------------------------------------

    def browse(
        self, browse: str, *, page: int = 1, size: int, filters: Sequence[Filter] = (), exact: bool = False
    ) -> list[Json]:
        """The rows of one page. Page and action go along always: without them QAD shows nothing, silently."""
        action = "first" if page == 1 else self.settings.next_page_action
        query = [
            ("browseId", browse), ("page", str(page)), ("pageSize", str(size)), ("pageAction", action),
            *(one.pair() for one in filters),
        ]  # fmt: skip
        try:
            body = self.call("GET", BROWSES, query=query, exact=exact)
        except RecordRejected as fault:  # a list that is refused is no matter of one record
            raise ConfigProblem(
                f"QAD does not show the browse {browse} as we ask for it: {fault.text} Check the browse and "
                "its columns, then ping again.",
                detail=fault.detail,
                code=BROWSE_REFUSED,
            ) from fault
        rows = body.get("data") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ConfigProblem(
                f"QAD answered for the browse {browse} with something that is no list of rows. Check the "
                "address and the browse.",
                code="no_rows",
            )
        return rows

    def total(self, browse: str) -> int | None:
        """How many rows a browse has; None where QAD does not tell."""
        try:
            body = self.call("GET", TOTAL, query=[("browseId", browse)])
        except (ConfigProblem, RecordRejected):
            return None
        return _count_in(body)

    def found(
        self, browse: str, *alternatives: Sequence[Filter], size: int = 25, exact: bool = False
    ) -> list[Json]:
        """All rows that meet the filters of any alternative, few as they are.

        An empty answer counts only when it comes twice, and the browse shows rows in between. Raises
        `RetryLater` where it shows none at all.
        """
        rows = self._of_any(browse, alternatives, size, exact=exact)
        if not rows and self.shows_rows(browse):
            rows = self._of_any(browse, alternatives, size, exact=exact)
        return rows

    def shows_rows(self, browse: str) -> bool:
        """Whether a browse shows anything without filters; False where it is empty by its own account too.

        Raises `RetryLater` where it shows nothing although it says that there are rows.
        """
        for _ in range(2):
            if self.browse(browse, size=25):
                return True
            if self.total(browse) == 0:
                return False
        raise suspicious(browse)

    def _of_any(
        self, browse: str, alternatives: Sequence[Sequence[Filter]], size: int, *, exact: bool
    ) -> list[Json]:
        rows: list[Json] = []
        for filters in alternatives:
            found = self._few(browse, filters, size, exact=exact)
            if not all(_meets(row, filters) for row in found):
                raise ConfigProblem(
                    f"QAD ignores filters of the browse {browse} ({filters[0].column}), so single records "
                    "cannot be looked up. Name another browse in the connection's settings.",
                    code="filter_ignored",
                )
            rows += found
        return rows

    def _few(self, browse: str, filters: Sequence[Filter], size: int, *, exact: bool) -> list[Json]:
        rows: list[Json] = []
        for page in range(1, 101):
            more = self.browse(browse, page=page, size=size, filters=filters, exact=exact)
            if not more or (page > 1 and more == rows[-len(more) :]):
                break
            rows += more
            if len(more) < size:
                break
        return rows

    # -- entities --------------------------------------------------------------------------------------------

    def entity(self, collection: str, view: str, keys: Pairs, *, exact: bool = False) -> Json | None:
        """One record whole, None where there is none."""
        rows = self.entities(collection, view, keys, exact=exact)
        return rows[0] if rows else None

    def entities(
        self, collection: str, view: str, keys: Pairs, *, exact: bool = False, **about: str
    ) -> list[Json]:
        """The records a collection answers with."""
        query = [*_view(view), *keys, *about.items()]
        try:
            body = self.call("GET", "/api/erp/{collection}", collection=collection, query=query, exact=exact)
        except RecordRejected as fault:
            if fault.code == NOT_FOUND:
                return []
            raise
        return records_in(body, collection)

    def post(
        self,
        collection: str,
        view: str,
        record: Json,
        *,
        keys: Pairs = (),
        envelope: str = "",
        step: str = "",
    ) -> Any:
        """Create a record (without keys), change one (with them), or take a `step` that stores nothing."""
        template = "/api/erp/{collection}/" + step if step else "/api/erp/{collection}"
        body = {"supplementaryMessages": [], envelope or collection: [record]}
        return self.call(
            "POST", template, collection=collection, query=[*_view(view), *keys], json=body, writes=not step
        )

    def fields_of(self, view: str) -> frozenset[str]:
        """The fields of an entity as they travel: the description spells them with a capital."""
        body = self.call("GET", METADATA, query=[("entityURI", view)])
        return frozenset(name[0].lower() + name[1:] for name in _codes(body) if name)

    # -- calls -----------------------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        template: str,
        *,
        query: Pairs = (),
        json: object = None,
        writes: bool | None = None,
        exact: bool = False,
        **path: str,
    ) -> Any:
        """A call and the JSON of its answer.

        A session kept in a cookie does not end in a 401 but in the log-in page: then it is begun anew, once.
        """
        changes = method != "GET" if writes is None else writes
        for is_last in (False, True):
            secret = self._session.token()
            try:
                answer: Answer = self._http.call(
                    method, template, path=path, query=query, json=json, headers=self._headers, writes=changes
                )
                return read_json(answer, NAME, exact=exact)
            except ConfigProblem as fault:
                is_log_in_page = self.settings.session_kind == COOKIE and fault.code in {REDIRECT, _HTML}
                if fault.code == _HTML and changes and not is_log_in_page:
                    raise _unread(fault) from fault
                if not is_log_in_page or is_last:
                    raise
                self._session.renew(secret)
            except RetryLater as fault:
                if fault.code == "garbled" and changes:
                    raise _unread(fault) from fault
                raise
        raise AssertionError("the second try returns or raises")


def _meets(row: Json, filters: Sequence[Filter]) -> bool:
    """Whether a row is one that was asked for, as far as it shows."""
    asked = [one for one in filters if one.operator == "eq" and one.column in row]
    return all(str(row[one.column]).strip().casefold() == one.value.strip().casefold() for one in asked)


def records_in(body: object, collection: str) -> list[Json]:
    """The records of an answer, under the collection's name or whatever else holds the only list."""
    holder = body.get("data", body) if isinstance(body, dict) else None
    if isinstance(holder, list):
        found: Any = holder
    elif isinstance(holder, dict):
        lists = {
            name: part for name, part in holder.items() if isinstance(part, list) and name not in _NOT_RECORDS
        }
        found = lists.get(collection, next(iter(lists.values())) if len(lists) == 1 else [])
    else:
        found = []
    return [record for record in found if isinstance(record, dict)]


_NOT_RECORDS = frozenset({"supplementaryMessages", "errors"})


def suspicious(browse: str) -> RetryLater:
    """An empty list that nobody should believe."""
    return RetryLater(
        f"QAD shows no rows at all for the browse {browse}, although it has some. We took nothing for gone "
        "and try again. If this stays, check the workspace and the user's access to the browse, then ping.",
        after=300,
        code=SUSPICIOUS,
    )


def _unread(fault: ConfigProblem | RetryLater) -> OutcomeUnknown:
    return OutcomeUnknown(
        "QAD answered a write with something we cannot read; we look up what came of it.",
        detail=fault.detail,
        code=OutcomeUnknown.ANSWERED,
    )


def _view(view: str) -> list[tuple[str, str]]:
    return [("viewUri", view)] if view else []


def _count_in(body: object) -> int | None:
    """The number in an answer whose shape differs between releases."""
    if isinstance(body, dict):
        for name in ("totalCount", "data", "count", "total"):
            if name in body:
                return _count_in(body[name])
        return None
    if isinstance(body, list):
        return _count_in(body[0]) if len(body) == 1 else None
    if isinstance(body, bool):
        return None
    return int(str(body)) if isinstance(body, int | str) and str(body).isdecimal() else None


def _codes(body: object) -> list[str]:
    """Field codes, wherever a description keeps them."""
    found: list[str] = []
    if isinstance(body, Mapping):
        for name in ("fieldCode", "code", "name", "fieldName"):
            if isinstance(code := body.get(name), str) and code.isidentifier():
                found.append(code)
                break
        for part in body.values():
            found += _codes(part)
    elif isinstance(body, list):
        for part in body:
            found += _codes(part)
    return found
