"""Where calls go and what they carry."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.sdk.calls import Answer
from connectors.sdk.errors import OutcomeUnknown, ReconnectNeeded
from connectors.systems.mailchimp.client import api_url, auth_of, written_object
from connectors.systems.mailchimp.options import AudienceOptions, StoreOptions
from connectors.systems.mailchimp.settings import MailchimpCredentials, MailchimpSettings
from connectors.systems.mailchimp.system import Mailchimp

KEY = "0123456789abcdef0123456789abcdef-us6"


def credentials(key: str = KEY) -> MailchimpCredentials:
    return MailchimpCredentials(api_key=SecretStr(key))


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ({}, KEY, "https://us6.api.mailchimp.com/3.0"),
        ({}, "with-dashes-in-it-us21", "https://us21.api.mailchimp.com/3.0"),
        ({}, "without-a-data-centre", "https://api.mailchimp.com/3.0"),
        ({}, "0123-evil.example/x", "https://api.mailchimp.com/3.0"),
        ({"dc": "us9"}, KEY, "https://us9.api.mailchimp.com/3.0"),
        ({"account": "oauth"}, KEY, "https://api.mailchimp.com/3.0"),
        ({"account": "oauth", "dc": "us2"}, "", "https://us2.api.mailchimp.com/3.0"),
        ({"base_url": "http://127.0.0.1:4010"}, KEY, "http://127.0.0.1:4010/3.0"),
        ({"base_url": "http://127.0.0.1:4010/3.0/"}, KEY, "http://127.0.0.1:4010/3.0"),
        (
            {"base_url": "https://proxy.example/mailchimp", "dc": "us2"},
            KEY,
            "https://proxy.example/mailchimp/3.0",
        ),
    ],
)
def test_the_address_follows_setting_then_data_centre_then_the_one_for_all(
    settings: dict[str, Any], key: str, expected: str
) -> None:
    assert api_url(MailchimpSettings(**settings), credentials(key)) == expected


@pytest.mark.parametrize("dc", ["us6.evil.example", "us6/", "US6", "6", "us"])
def test_a_data_centre_cannot_lead_elsewhere(dc: str) -> None:
    with pytest.raises(ValidationError):
        MailchimpSettings(dc=dc)


@pytest.mark.parametrize(
    "url", ["us6.api.mailchimp.com", "ftp://a.example", "https://", "https://a.example?x=1"]
)
def test_an_address_has_to_be_one(url: str) -> None:
    with pytest.raises(ValidationError, match="not an address"):
        MailchimpSettings(base_url=url)


def test_a_key_goes_as_basic_and_a_token_as_bearer() -> None:
    with_key = auth_of(MailchimpSettings(), credentials())
    assert with_key.headers(with_key.token())["Authorization"].startswith("Basic ")
    token = MailchimpCredentials(access_token=SecretStr("tok"))
    with_token = auth_of(MailchimpSettings(account="oauth"), token)
    assert with_token.headers(with_token.token()) == {"Authorization": "Bearer tok"}


@pytest.mark.parametrize("account", ["api_key", "oauth"])
def test_missing_credentials_ask_for_themselves(account: str) -> None:
    with pytest.raises(ReconnectNeeded):
        auth_of(MailchimpSettings.model_validate({"account": account}), MailchimpCredentials())


def test_budgets_are_shared_by_key_and_name_no_secret() -> None:
    settings = MailchimpSettings()
    one = Mailchimp.account_key(settings, credentials())
    assert one == Mailchimp.account_key(MailchimpSettings(dc="us6"), credentials())
    assert one != Mailchimp.account_key(settings, credentials("another-us6"))
    assert len(one) == 16
    assert not any(part in one for part in KEY.split("-"))


def test_the_budget_follows_the_settings() -> None:
    limits = Mailchimp.limits(MailchimpSettings(concurrent=6, requests_per_minute=600))
    assert (limits.concurrent, limits.per_minute) == (6, 600)
    assert Mailchimp.limits(MailchimpSettings()).concurrent < 10


@pytest.mark.parametrize("body", [b'{"new_members": [', b"<html>gateway</html>"])
def test_a_write_whose_answer_cannot_be_read_is_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        written_object(Answer(200, {}, body, ""))


def test_an_empty_answer_is_fine() -> None:
    assert written_object(Answer(204, {}, b"", "")) == {}


def test_newcomers_are_not_subscribed_unless_somebody_chose_so() -> None:
    assert AudienceOptions(audience_id="abc123").new_member_status == "transactional"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"store_currency": "XXX"}, "not a currency"),
        ({"financial_status": {"Released": "canceled"}}, "choose one of"),
        ({"store_id": "a/b"}, "pattern"),
        ({"store_id": "x" * 51}, "at most 50"),
    ],
)
def test_a_store_is_described_properly(options: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        StoreOptions(**{"store_id": "erp", "store_currency": "EUR", **options})


def test_a_currency_may_be_typed_in_small_letters() -> None:
    assert StoreOptions(store_id="erp", store_currency=" eur ").store_currency == "EUR"


@pytest.mark.parametrize("tags", [[" "], ["x" * 101]])
def test_a_tag_needs_a_name(tags: list[str]) -> None:
    with pytest.raises(ValidationError, match="between 1 and 100"):
        AudienceOptions.model_validate({"audience_id": "a", "tags": tags})
