"""What M3 says: rows, or why not. Both versions of its REST interface, both forms of its errors.

A business error comes nested in a 200 as often as at the top of a 400; `judged` reads both by one table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.classify import Rule, VendorWords, fault_of
from connectors.sdk.errors import ConfigProblem, RecordRejected, RetryLater, SystemFault
from connectors.systems.infor.errors import EXISTS, NAME, NOT_FOUND, REFUSED, RULES, first_text, json_object
from connectors.systems.infor.settings_gateway import GatewaySettings
from connectors.systems.infor.values import text

Values = dict[str, str]
NO_TRANSACTION = "no_transaction"
NO_ACCESS = "no_access"
TOO_LONG = "too_long"
MISSING = "missing_field"
_NOK = "ServerReturnedNOK"
_NO_KIND = "no_kind"
"""A refusal without a kind is not the program's but the REST service's, which did not get as far."""
_REFUSALS = (400,)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one transaction: its rows, or the fault."""

    rows: Sequence[Values] = ()
    fault: SystemFault | None = None


@dataclass(frozen=True, slots=True)
class _Silent(Rule):
    """A rule for answers in which M3 said nothing."""

    def fits(self, status: int, words: VendorWords, *, writes: bool) -> bool:
        return not (words.code or words.message) and Rule.fits(self, status, words, writes=writes)


def rules_of(settings: GatewaySettings) -> tuple[Rule, ...]:
    """The table of M3's refusals, with the codes of this installation, then that of the gateway."""
    no_access = (
        "M3 does not let the service account's user work in this company: {words} Give the user the company "
        "and the roles (MNS150, MNS151), or correct company and division in the settings."
    )
    unknown = "M3 does not know a program or transaction we need: {words} Check the programs in the settings."
    return (
        *(
            Rule(_REFUSALS, ConfigProblem, no_access, code=code, name=NO_ACCESS)
            for code in settings.no_access_codes
        ),
        *(
            Rule(_REFUSALS, RecordRejected, "M3 has no such record: {words}", code=code, name=NOT_FOUND)
            for code in settings.not_found_codes
        ),
        *(
            Rule(_REFUSALS, RecordRejected, "M3 has this record already: {words}", code=code, name=EXISTS)
            for code in settings.exists_codes
        ),
        Rule(_REFUSALS, ConfigProblem, no_access, contains="not authorized", name=NO_ACCESS),
        Rule(_REFUSALS, ConfigProblem, unknown, code="TransactionNotFound", name=NO_TRANSACTION),
        Rule(
            _REFUSALS,
            ConfigProblem,
            "M3 did not understand a call: {words} Check the fields named in the settings, and ping again.",
            code=_NO_KIND,
            name="bad_request",
        ),
        Rule(
            _REFUSALS,
            RecordRejected,
            "M3 wants a field we have nothing for: {words} Fill it in the record, or in the settings.",
            code="MandatoryInputFieldNotFound",
            name=MISSING,
        ),
        Rule(
            _REFUSALS,
            RecordRejected,
            "M3 has no room for a value: {words} Shorten it, or choose a longer field.",
            code="InputFieldTooLong",
            name=TOO_LONG,
        ),
        Rule(
            _REFUSALS,
            RecordRejected,
            "M3 has no such record: {words}",
            contains="does not exist",
            name=NOT_FOUND,
        ),
        Rule(
            _REFUSALS,
            RecordRejected,
            "M3 has this record already: {words}",
            contains="already exists",
            name=EXISTS,
        ),
        _Silent(_REFUSALS, ConfigProblem, unknown, name=NO_TRANSACTION),
        Rule(_REFUSALS, RecordRejected, "M3 did not accept this: {words}", name=REFUSED),
        *RULES,
    )


def words_of(answer: Answer) -> VendorWords:
    """The kind of refusal; of the ordinary kind, M3's own code."""
    return _words(json_object(answer), answer)


def results_of(body: object, *, rules: tuple[Rule, ...], writes: bool) -> list[Result]:
    """The results of a version 2 answer, in the order they were asked for.

    Raises the fault of an answer that says it failed without saying of which transaction, `RetryLater` for
    one that makes no sense.
    """
    if not isinstance(body, dict):
        raise _garbled()
    found = body.get("results")
    if not isinstance(found, list):
        if fault := judged(body, rules=rules, writes=writes):
            raise fault
        raise _garbled()
    results = [_result(one, rules=rules, writes=writes) for one in found if isinstance(one, dict)]
    failed = body.get("wasTerminated") is True or number_of(body.get("nrOfFailedTransactions")) > 0
    if failed and not any(result.fault for result in results):
        reason = text(body.get("terminationReason")) or "M3 ended the call without a reason"
        told = {"errorMessage": reason, "errorType": _NOK}
        raise judged(told, rules=rules, writes=writes) or _garbled()
    return results


def result_of_v1(body: object, *, rules: tuple[Rule, ...], writes: bool) -> Result:
    """The result of a version 1 answer; lists of one come as the one."""
    if not isinstance(body, dict):
        raise _garbled()
    if fault := judged(body, rules=rules, writes=writes):
        return Result(fault=fault)
    rows: list[Values] = []
    for record in _listed(body.get("MIRecord")):
        if fault := judged(record, rules=rules, writes=writes):
            return Result(rows, fault)
        pairs = [pair for pair in _listed(record.get("NameValue")) if isinstance(pair.get("Name"), str)]
        rows.append({pair["Name"]: text(pair.get("Value")) for pair in pairs})
    if partial := body.get("ErrorMessage"):
        told = partial if isinstance(partial, dict) else {"errorMessage": text(partial), "errorType": _NOK}
        return Result(rows, judged(told, rules=rules, writes=writes))
    return Result(rows)


def judged(body: Mapping[str, Any], *, rules: tuple[Rule, ...], writes: bool) -> SystemFault | None:
    """The fault a refusal stands for, whatever the status it came with; None where nothing was refused."""
    if not first_text(body, "errorMessage", "Message", "@code", "errorCode", "errorType"):
        return None
    answer = Answer(400, {}, json.dumps(body).encode(), "")
    return fault_of(answer, system=NAME, writes=writes, rules=rules, words_of=words_of)


def number_of(value: object) -> int:
    """A count, 0 where there is none."""
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0


def _result(one: Mapping[str, Any], *, rules: tuple[Rule, ...], writes: bool) -> Result:
    rows = [
        {name: text(value) for name, value in record.items()}
        for record in one.get("records") or ()
        if isinstance(record, dict)
    ]
    return Result(rows, judged(one, rules=rules, writes=writes))


def _words(body: Mapping[str, Any], answer: Answer) -> VendorWords:
    kind = first_text(body, "errorType", "@type")
    code = first_text(body, "errorCode", "@code")
    message = first_text(body, "errorMessage", "Message", "message", "error_description", "error", "fault")
    if field := first_text(body, "errorField", "@field"):
        message = f"{message} (field {field})" if message else f"Field {field}"
    if not message and answer.status == 401:
        message = answer.headers.get("www-authenticate", "")[:300]
    if not kind and not code and message:
        kind = _NO_KIND
    return VendorWords(kind if kind not in {"", _NOK} else code, message)


def _listed(value: object) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]


def _garbled() -> RetryLater:
    return RetryLater("M3 sent an answer we cannot make sense of; we ask again.", code="garbled")
