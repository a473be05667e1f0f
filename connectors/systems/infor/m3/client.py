"""Calls of MI transactions. Every value is a text; reading and writing look the same on the wire (GET)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, RetryLater
from connectors.sdk.paging import concurrently
from connectors.sdk.system import Account
from connectors.systems.infor.errors import NAME
from connectors.systems.infor.m3.answers import Result, Values, result_of_v1, results_of, rules_of, words_of
from connectors.systems.infor.settings import file_of, settings_of
from connectors.systems.infor.token import shared_token

ALL = 0
"""As the number of records: as many as there are."""
FEW = 2
"""Up to so many transactions are called one by one: as many calls, and a GET is understood everywhere."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction to call: its name, what goes in, which columns come out (none named: all)."""

    name: str
    record: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()


class M3Client:
    """The M3 of an account. Safe to share between threads."""

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        self._rules = rules_of(self.settings)
        self._http = account.connect(
            base_url=file_of(account).base_url,
            auth=shared_token(account),
            rules=self._rules,
            words_of=words_of,
        )
        version = "/v2" if self.settings.m3_version == "v2" else ""
        self._execute = f"/{self.settings.m3_suite}/{self.settings.m3_service}{version}/execute"

    def read(
        self, program: str, transaction: Transaction, *, most: int = ALL, company: bool = True
    ) -> Sequence[Values]:
        """The rows of a reading transaction. Raises what M3 refuses, as a fault."""
        return _rows(self._one(program, transaction, most=most, writes=False, company=company))

    def write(self, program: str, transaction: Transaction) -> Sequence[Values]:
        """Call a transaction that changes something; never repeated by itself.

        `OutcomeUnknown` where no answer tells whether it was done.
        """
        return _rows(self._one(program, transaction, most=ALL, writes=True))

    def read_many(
        self, program: str, transactions: Sequence[Transaction], *, most: int = ALL, at_once: int = 0
    ) -> list[Result]:
        """The results of many reading transactions of one program, in their order, in bulk where M3 can.

        `at_once`: no more of them in one call than so many, where each may bring much.
        """
        threads = self.settings.concurrent
        if self.settings.m3_version == "v1" or len(transactions) <= FEW:
            return concurrently(
                transactions, lambda one: self._one(program, one, most=most, writes=False), threads
            )
        size = min(at_once or self.settings.bulk_size, self.settings.bulk_size)
        chunks = [transactions[i : i + size] for i in range(0, len(transactions), size)]
        found = concurrently(chunks, lambda chunk: self._bulk(program, chunk, most), threads)
        return [result for some in found for result in some]

    def _one(
        self, program: str, transaction: Transaction, *, most: int, writes: bool, company: bool = True
    ) -> Result:
        options = self._options(transaction, most, company=company)
        given = [(name, value) for name, value in transaction.record.items() if value]
        template = f"{self._execute}/{program}/{transaction.name}"
        if self.settings.option_style == "matrix":
            template += "".join(f";{name}={{{name}}}" for name in options)
            answer = self._http.call("GET", template, path=options, query=given, writes=writes)
        else:
            answer = self._http.call("GET", template, query=[*options.items(), *given], writes=writes)
        body = _read(answer, writes=writes)
        if self.settings.m3_version == "v1":
            return result_of_v1(body, rules=self._rules, writes=writes)
        return (results_of(body, rules=self._rules, writes=writes) or [Result()])[0]

    def _options(self, transaction: Transaction, most: int, *, company: bool) -> dict[str, str]:
        options = {"maxrecs": str(most)}
        if transaction.columns:
            options["returncols"] = ",".join(transaction.columns)
        options["excludempty"] = "true"
        if self.settings.m3_version == "v1":
            options["metadata"] = "false"
        if company:
            options["cono"] = self.settings.company
            if self.settings.division:
                options["divi"] = self.settings.division
        return options

    def _bulk(self, program: str, transactions: Sequence[Transaction], most: int) -> list[Result]:
        body: dict[str, object] = {
            "program": program,
            "cono": int(self.settings.company),
            "excludeEmptyValues": True,
            "maxReturnedRecords": most,
            "transactions": [
                {
                    "transaction": one.name,
                    "record": {name: value for name, value in one.record.items() if value},
                    **({"selectedColumns": list(one.columns)} if one.columns else {}),
                }
                for one in transactions
            ],
        }
        if self.settings.division:
            body["divi"] = self.settings.division
        answer = self._http.call("POST", self._execute, json=body, writes=False)
        results = results_of(read_json(answer, NAME), rules=self._rules, writes=False)
        if len(results) > len(transactions):
            raise RetryLater("M3 sent more results than we asked for; we ask again.", code="garbled")
        # A call M3 breaks off at a failure lacks the results of what came after it.
        rest = transactions[len(results) :]
        if rest and results and isinstance(results[-1].fault, ConfigProblem):
            raise results[-1].fault
        return [*results, *(self._one(program, one, most=most, writes=False) for one in rest)]


def _rows(result: Result) -> Sequence[Values]:
    if result.fault:
        raise result.fault
    return result.rows


def _read(answer: Answer, *, writes: bool) -> object:
    """The JSON of an answer. A write whose answer is garbled was sent all the same."""
    try:
        return read_json(answer, NAME)
    except RetryLater as fault:
        if writes:
            raise OutcomeUnknown(fault.text, detail=fault.detail) from fault
        raise
