"""Calls to one Mailchimp account: where it answers, how we prove who we are, how its answers are read."""

from __future__ import annotations

import re
from typing import Any

from connectors.sdk.auth import Auth, basic, bearer
from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, ReconnectNeeded, RetryLater
from connectors.sdk.http import HttpClient, Query
from connectors.sdk.system import Account
from connectors.systems.mailchimp.errors import RULES, words_of
from connectors.systems.mailchimp.settings import (
    DATA_CENTRE,
    MailchimpCredentials,
    MailchimpSettings,
    credentials_of,
    settings_of,
)

API = "/3.0"
ANY_DATA_CENTRE = "https://api.mailchimp.com"
LARGEST_PAGE = 1000
SETTLE_SECONDS = 60.0
"""A call may run for 120 s at Mailchimp; we hang up after 60, so it may be at work for as long again."""

_DC_OF_KEY = re.compile(rf"-({DATA_CENTRE})$")


def api_url(settings: MailchimpSettings, credentials: MailchimpCredentials) -> str:
    """The root of the API: the address set, else that of the data centre, else the one for all."""
    if settings.base_url:
        return settings.base_url.removesuffix(API) + API
    key = (
        credentials.api_key.get_secret_value()
        if credentials.api_key and settings.account == "api_key"
        else ""
    )
    named = _DC_OF_KEY.search(key)
    dc = settings.dc or (named.group(1) if named else "")
    return (f"https://{dc}.api.mailchimp.com" if dc else ANY_DATA_CENTRE) + API


def secret_of(settings: MailchimpSettings, credentials: MailchimpCredentials) -> str:
    """The key or token in use; empty where it is missing."""
    chosen = credentials.api_key if settings.account == "api_key" else credentials.access_token
    return chosen.get_secret_value() if chosen else ""


def auth_of(settings: MailchimpSettings, credentials: MailchimpCredentials) -> Auth:
    """How calls prove whose they are; raises `ReconnectNeeded` where there is nothing to prove it with."""
    secret = secret_of(settings, credentials)
    if settings.account == "oauth":
        if not secret:
            raise ReconnectNeeded("Log in at Mailchimp to connect this account.", code="no_token")
        return bearer(secret)
    if not secret:
        raise ReconnectNeeded("Enter a Mailchimp API key.", code="no_key")
    return basic("ml-connector", secret)


def api_of(account: Account) -> HttpClient:
    """A client for an account."""
    settings, credentials = settings_of(account), credentials_of(account)
    return account.connect(
        base_url=api_url(settings, credentials),
        auth=auth_of(settings, credentials),
        rules=RULES,
        words_of=words_of,
    )


def read_object(api: HttpClient, template: str, *, query: Query = (), **path: str) -> dict[str, Any]:
    """GET a JSON object."""
    return _object(read_json(api.call("GET", template, path=path, query=query), api.system))


def read_amounts(api: HttpClient, template: str, *, query: Query = (), **path: str) -> dict[str, Any]:
    """GET a JSON object whose decimals are money: read as `Decimal`."""
    return _object(read_json(api.call("GET", template, path=path, query=query), api.system, exact=True))


def _object(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise RetryLater("Mailchimp sent an answer without content; we ask again.", code="garbled")
    return found


def written_object(answer: Answer) -> dict[str, Any]:
    """The JSON object a write was answered with; `{}` for an empty body.

    Raises `OutcomeUnknown` where the answer cannot be read: the status says it was done, not what came of it.
    """
    try:
        found = read_json(answer, "Mailchimp")
    except (RetryLater, ConfigProblem) as error:
        raise OutcomeUnknown(
            "Mailchimp's answer broke off; we look up what came of it.", detail=error.detail
        ) from error
    return without_links(found) if isinstance(found, dict) else {}


def without_links(found: dict[str, Any]) -> dict[str, Any]:
    """A resource without its `_links`, which are longer than itself."""
    return {name: value for name, value in found.items() if name != "_links"}
