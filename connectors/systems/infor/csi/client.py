"""Calls to the IDO request service: collections to load, rows to change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.classify import Rule, VendorWords, fault_of
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, Conflict, OutcomeUnknown, RecordRejected, RetryLater
from connectors.sdk.system import Account
from connectors.systems.infor.errors import (
    EXISTS,
    NAME,
    NOT_FOUND,
    REFUSED,
    RULES,
    first_text,
    json_object,
    plain_text,
)
from connectors.systems.infor.settings import file_of, settings_of
from connectors.systems.infor.token import shared_token

INSERT, UPDATE = 1, 2
LOCKED = 1
"""UpdateLocking: the change goes only to the row as it was read."""
ITEM = "_ItemId"
NO_CONFIG = "no_config"
_REFUSALS = (400, 500)


@dataclass(frozen=True, slots=True)
class _Spoken(Rule):
    """A rule for answers in which the service said something; an empty 500 is a gateway in trouble."""

    def fits(self, status: int, words: VendorWords, *, writes: bool) -> bool:
        return bool(words.message) and Rule.fits(self, status, words, writes=writes)


CSI_RULES: tuple[Rule, ...] = (
    Rule(
        _REFUSALS,
        ConfigProblem,
        "CloudSuite Industrial does not know this configuration: {words} Correct the configuration (and the "
        "site) in the settings.",
        contains="onfig",
        name=NO_CONFIG,
    ),
    *(
        Rule(_REFUSALS, Conflict, "The record changed in CloudSuite Industrial meanwhile.", contains=words)
        for words in (
            "modified by",
            "changed by",
            "updated by",
            "been changed",
            "been updated",
            "been modified",
        )
    ),
    Rule(
        _REFUSALS,
        RecordRejected,
        "CloudSuite Industrial no longer has this record: {words}",
        contains="deleted by",
        name=NOT_FOUND,
    ),
    Rule(
        _REFUSALS,
        RecordRejected,
        "CloudSuite Industrial has this record already: {words}",
        contains="already exists",
        name=EXISTS,
    ),
    Rule(
        _REFUSALS,
        RecordRejected,
        "CloudSuite Industrial has no such record: {words}",
        contains="does not exist",
        name=NOT_FOUND,
    ),
    _Spoken(_REFUSALS, RecordRejected, "CloudSuite Industrial did not accept this: {words}", name=REFUSED),
    *RULES,
)

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Some rows of a collection, and whether there are more."""

    items: list[Item]
    more: bool


class CsiClient:
    """The CloudSuite Industrial of an account. Safe to share between threads."""

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        self._root = f"/{self.settings.csi_suite}/{self.settings.csi_service}"
        self._headers = {"X-Infor-MongooseConfig": self.settings.csi_config}
        if self.settings.csi_site:
            self._headers["X-Infor-Site"] = self.settings.csi_site
        self._http = account.connect(
            base_url=file_of(account).base_url,
            auth=shared_token(account),
            rules=CSI_RULES,
            words_of=words_of,
        )

    def load(
        self, ido: str, properties: Sequence[str], *, where: str = "", order: str = "", most: int
    ) -> Loaded:
        """The first rows of a collection that fit. `most` is at least 1: 0 would ask for all of them."""
        query = [("properties", ",".join(properties)), ("recordcap", str(most))]
        query += [("filter", where)] if where else []
        query += [("orderby", order)] if order else []
        try:
            answer = self._http.call("GET", f"{self._root}/load/{ido}", query=query, headers=self._headers)
            body = self._checked(read_json(answer, NAME), writes=False)
        except RecordRejected as fault:  # a collection that is refused is no matter of one record
            text = f"{ido} could not be read: {fault.text} Ping the connection, and correct its settings."
            raise ConfigProblem(text, detail=fault.detail, code=fault.code) from fault
        items = body.get("Items")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise _garbled()
        return Loaded(items, body.get("MoreRowsExist") is True)

    def properties(self, ido: str) -> frozenset[str]:
        """The names of the properties of an IDO. Raises `RecordRejected` where there is no such IDO."""
        answer = self._http.call("GET", f"{self._root}/info/{ido}", headers=self._headers)
        body = self._checked(read_json(answer, NAME), writes=False)
        found = body.get("Properties")
        names = (
            [one.get("Name") if isinstance(one, dict) else one for one in found]
            if isinstance(found, list)
            else []
        )
        return frozenset(name for name in names if isinstance(name, str))

    def insert(self, ido: str, values: Mapping[str, str]) -> None:
        """Add a row."""
        self._change(ido, {"Action": INSERT, "ItemId": "", "Properties": _properties(values)})

    def update(self, ido: str, item: str, values: Mapping[str, str]) -> None:
        """Change a row as it was read (`item` is its `_ItemId`). Raises `Conflict` where it has changed."""
        if not item:
            raise ValueError("a change needs the row it is made to")
        changed = {
            "Action": UPDATE,
            "ItemId": item,
            "Properties": _properties(values),
            "UpdateLocking": LOCKED,
        }
        self._change(ido, changed)

    def _change(self, ido: str, change: Mapping[str, Any]) -> None:
        answer = self._http.call(
            "POST",
            f"{self._root}/update/{ido}",
            query=(("refresh", "true"),),
            json={"Changes": [change]},
            headers=self._headers,
        )
        try:
            self._checked(read_json(answer, NAME), writes=True)
        except RetryLater as fault:
            raise OutcomeUnknown(fault.text, detail=fault.detail) from fault

    def _checked(self, body: object, *, writes: bool) -> Mapping[str, Any]:
        """The body of an answer that succeeded; a status of 200 does not say so."""
        if not isinstance(body, dict) or "Success" not in body:
            raise _garbled()
        if body["Success"] is not True:
            told = body if first_text(body, "Message") else {**body, "Message": "It gave no reason"}
            answer = Answer(400, {}, _encoded(told), "")
            raise fault_of(answer, system=NAME, writes=writes, rules=CSI_RULES, words_of=words_of)
        return body


def words_of(answer: Answer) -> VendorWords:
    """What the service, or the gateway before it, says."""
    body = json_object(answer)
    message = first_text(body, "Message", "message", "error_description", "error", "fault") or plain_text(
        answer
    )
    if not message and answer.status == 401:
        message = answer.headers.get("www-authenticate", "")[:300]
    return VendorWords(first_text(body, "MessageCode", "code"), message)


def _properties(values: Mapping[str, str]) -> list[dict[str, object]]:
    return [
        {"Name": name, "Value": value, "Modified": True, "IsNull": value == ""}
        for name, value in values.items()
    ]


def _encoded(body: Mapping[str, Any]) -> bytes:
    message = first_text(body, "Message")
    return json.dumps({"Message": message}).encode()


def _garbled() -> RetryLater:
    return RetryLater(
        "CloudSuite Industrial sent an answer we cannot make sense of; we ask again.", code="garbled"
    )
