"""The tables of a company through SYSPRO's OData 4.0 service: read-only, Basic on every call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from connectors.sdk.auth import basic
from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.system import Account
from connectors.systems.syspro.errors import NAME, ODATA_RULES, odata_words
from connectors.systems.syspro.question import MOST_VALUES, Json, Question, Term, Through
from connectors.systems.syspro.settings import credentials_of, settings_of

TABLE = "/{company}/{table}"
LONGEST_FILTER = 3000
"""Characters of alternatives, encoded: IIS refuses queries beyond a few thousand."""


class ODataTables:
    """See `Tables`. Safe to share between threads."""

    def __init__(self, account: Account) -> None:
        settings, credentials = settings_of(account), credentials_of(account)
        if not settings.odata_url:
            raise ConfigProblem("Enter the OData address of the connection.", code="no_odata_url")
        if not credentials.odata_user:
            raise ConfigProblem("Enter the OData user and password of the connection.", code="no_odata_user")
        self._company = settings.odata_company or settings.company
        self._http = account.connect(
            base_url=settings.odata_url,
            auth=basic(credentials.odata_user, credentials.odata_password.get_secret_value()),
            rules=ODATA_RULES,
            words_of=odata_words,
        )

    @property
    def through(self) -> Through:
        """See `Tables.through`."""
        return "odata"

    def rows(self, question: Question) -> list[Json]:
        """See `Tables.rows`."""
        answer = self._get(question.table, query_of(question))
        body = read_json(answer, NAME, exact=True)
        rows = body.get("value") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ConfigProblem(
                f"{NAME} answered for {question.table} with something that is no OData. Check the OData "
                "address.",
                code="no_odata",
            )
        return [{name: value for name, value in row.items() if "@" not in name} for row in rows]

    def fitting(self, question: Question, values: Sequence[Term]) -> Iterator[Sequence[Term]]:
        """See `Tables.fitting`."""
        start = length = 0
        for index, term in enumerate(values):
            cost = len(quote(f"{spelled(term)} or ", safe=""))
            if index > start and (index - start >= MOST_VALUES or length + cost > LONGEST_FILTER):
                yield values[start:index]
                start, length = index, 0
            length += cost
        if values:
            yield values[start:]

    def _get(self, table: str, query: list[tuple[str, str]]) -> Answer:
        return self._http.get(TABLE, query=query, company=self._company, table=table)


def query_of(question: Question) -> list[tuple[str, str]]:
    """A question as query options, not encoded yet."""
    pairs = []
    if question.columns:
        pairs.append(("$select", ",".join(question.columns)))
    either = " or ".join(map(spelled, question.either))
    terms = [*map(spelled, question.where), f"({either})" if len(question.either) > 1 else either]
    if condition := " and ".join(term for term in terms if term):
        pairs.append(("$filter", condition))
    order = f"{question.order} desc" if question.downwards else question.order
    return [*pairs, ("$orderby", order), ("$top", str(question.top))]


def spelled(term: Term) -> str:
    """A comparison as a filter spells it."""
    return f"{term.column} {term.operator} {_literal(term)}"


def _literal(term: Term) -> str:
    if term.kind == "text":
        return "'" + term.value.replace("'", "''") + "'"
    return term.value
