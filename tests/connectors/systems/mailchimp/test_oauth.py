"""Logging in at Mailchimp, against its pretend log-in."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from connectors.sdk.errors import ReconnectNeeded
from connectors.sdk.system import Outcome
from connectors.systems.mailchimp import oauth
from connectors.systems.mailchimp.settings import MailchimpCredentials, MailchimpSettings
from connectors.systems.mailchimp.system import Mailchimp
from sandboxes.mailchimp import CLIENT_ID, CLIENT_SECRET
from tests.connectors.systems.accounts import account
from tests.connectors.systems.mailchimp.conftest import World

APP = oauth.App(CLIENT_ID, CLIENT_SECRET, "http://127.0.0.1:9/back?from=mailchimp")
Connect = Callable[..., Any]


@pytest.fixture
def connect(world: World) -> Connect:
    return account(MailchimpSettings(), MailchimpCredentials(), calls=world.calls, system="Mailchimp").connect


def consent(world: World, url: str) -> dict[str, list[str]]:
    """Go where the person is sent, and tell what comes back with them."""
    world.vendor.mutate("consent_by_itself")
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port or 80, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        location = connection.getresponse().headers["Location"]
    finally:
        connection.close()
    assert location.startswith(APP.redirect_uri)
    return parse_qs(urlsplit(location).query)


def test_a_person_logs_in_and_the_account_answers(world: World, connect: Connect) -> None:
    state = oauth.new_state()
    back = consent(world, oauth.authorize_url(APP, state, login=world.url))
    assert oauth.is_same_state(state, back["state"][0])
    token = oauth.exchange(connect, APP, back["code"][0], login=world.url)
    identity = oauth.identify(connect, token, login=world.url)
    assert (identity.dc, identity.role) == ("us6", "owner")
    assert identity.account_name
    settings = MailchimpSettings(account="oauth", dc=identity.dc, base_url=world.url)
    system = Mailchimp(account(settings, MailchimpCredentials(access_token=SecretStr(token))))
    assert {check.outcome for check in system.ping()} == {Outcome.OK}


def test_a_code_works_once(world: World, connect: Connect) -> None:
    code = consent(world, oauth.authorize_url(APP, "s", login=world.url))["code"][0]
    oauth.exchange(connect, APP, code, login=world.url)
    with pytest.raises(ReconnectNeeded, match="Start it again"):
        oauth.exchange(connect, APP, code, login=world.url)


def test_an_exchange_is_tried_once_whatever_happens(world: World, connect: Connect) -> None:
    code = consent(world, oauth.authorize_url(APP, "s", login=world.url))["code"][0]
    world.vendor.faults.add("*/token", "timeout_after")
    with pytest.raises(ReconnectNeeded, match="Start it again"):
        oauth.exchange(connect, APP, code, login=world.url)
    assert world.vendor.journal.total("POST") == 1


def test_a_wrong_secret_is_refused(world: World, connect: Connect) -> None:
    code = consent(world, oauth.authorize_url(APP, "s", login=world.url))["code"][0]
    wrong = oauth.App(CLIENT_ID, "wrong", APP.redirect_uri)
    with pytest.raises(ReconnectNeeded):
        oauth.exchange(connect, wrong, code, login=world.url)


def test_a_withdrawn_token_asks_for_a_new_log_in(world: World, connect: Connect) -> None:
    code = consent(world, oauth.authorize_url(APP, "s", login=world.url))["code"][0]
    token = oauth.exchange(connect, APP, code, login=world.url)
    world.vendor.mutate("revoke_token")
    with pytest.raises(ReconnectNeeded):
        oauth.identify(connect, token, login=world.url)


def test_a_state_is_checked_letter_by_letter() -> None:
    state = oauth.new_state()
    assert oauth.is_same_state(state, state)
    assert not oauth.is_same_state(state, state[:-1])
    assert not oauth.is_same_state("", "")
    assert not oauth.is_same_state(state, "ü")
    assert oauth.new_state() != state


def test_the_address_to_go_to_carries_everything_encoded() -> None:
    query = parse_qs(urlsplit(oauth.authorize_url(APP, "a&b")).query)
    assert query == {
        "response_type": ["code"],
        "client_id": [CLIENT_ID],
        "redirect_uri": [APP.redirect_uri],
        "state": ["a&b"],
    }


def test_an_app_does_not_show_its_secret() -> None:
    assert CLIENT_SECRET not in repr(APP)
