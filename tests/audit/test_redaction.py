"""No secret leaves the redactor, and what people need in order to understand a call stays."""

import base64
import html
import json
import string
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audit.redaction import Redactor

SECRET = st.text(st.characters(codec="utf-8"), min_size=4, max_size=60)
AROUND = st.text(max_size=40)
PRINTABLE = st.text(string.ascii_letters + string.digits + string.punctuation, min_size=8, max_size=60)


@given(secrets=st.lists(SECRET, min_size=1, max_size=4), before=AROUND, between=AROUND, after=AROUND)
def test_no_text_keeps_a_secret_of_the_connection(
    secrets: list[str], before: str, between: str, after: str
) -> None:
    redacted = Redactor(secrets).text(before + between.join(secrets) + after)
    assert [secret for secret in secrets if secret in redacted] == []


@given(secret=PRINTABLE, user=st.text(string.ascii_letters, max_size=12))
def test_no_spelling_of_a_secret_is_kept(secret: str, user: str) -> None:
    basic = base64.b64encode(f"{user}:{secret}".encode()).decode()
    spellings = {
        "url": quote(secret, safe=""),
        "url in small letters": quote(secret, safe="").replace("%2F", "%2f"),
        "twice": quote(quote(secret, safe=""), safe=""),
        "form": quote_plus(secret),
        "query": urlencode({"x": secret}),
        "json": json.dumps({"x": secret}),
        "html": html.escape(secret),
        "basic": basic,
    }
    redactor = Redactor([secret])
    for name, spelling in spellings.items():
        redacted = redactor.text(spelling)
        assert secret not in redacted, name
        assert redacted != spelling or secret in redactor.mark, name
        assert spelling not in redacted, name


@given(text=st.text(max_size=200), secrets=st.lists(SECRET, max_size=3))
def test_redacting_twice_changes_nothing_more(text: str, secrets: list[str]) -> None:
    redactor = Redactor(secrets)
    once = redactor.text(text)
    assert redactor.text(once) == once


@given(
    before=st.text(max_size=30),
    token=st.text(string.ascii_letters + string.digits + "-_", min_size=16, max_size=50),
    after=st.sampled_from(["", "\n", " expired", '"}', "&page=2"]),
    form=st.sampled_from(
        [
            "Bearer {}",
            "Authorization: Bearer {}",
            "access_token={}",
            "?a=1&client_secret={}",
            '"password": "{}"',
            "{{'api_key': '{}'}}",
            '\\"refresh_token\\":\\"{}\\"',
            "Set-Cookie: session={}; HttpOnly",
            "https://user:{}@host/path",
            "X-Shopify-Hmac-Sha256: {}",
        ]
    ),
)
def test_a_secret_is_known_by_the_words_around_it(before: str, token: str, after: str, form: str) -> None:
    assume(any(character.isdigit() for character in token))
    assume(token not in before)
    assert token not in Redactor().text(f"{before} {form.format(token)}{after}")


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Basic dXNlcjpwYXNz", "Basic [redacted]"),
        ("key 0123456789abcdef0123456789abcdef-us12 refused", "key [redacted] refused"),
        ("shpat_0123456789abcdef0123456789abcdef", "[redacted]"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln", "[redacted]"),
        ("GET /x?access_token=abc123&count=5", "GET /x?access_token=[redacted]&count=5"),
        ("Authorization: Basic dXNlcjpwYXNz\nAccept: */*", "Authorization: [redacted]\nAccept: */*"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "[redacted]"),
    ],
)
def test_what_secrets_look_like(text: str, redacted: str) -> None:
    assert Redactor().text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "Bearer token expired",
        "Basic settings were saved.",
        "The token has expired; please reconnect.",
        "GET /customers?$skiptoken=abc&next_page_token=xyz",
        "token_type=bearer",
        "Name is longer than 50 characters",
        "https://api.example.com/v1/customers",
        "a@example.com looks fake or invalid",
    ],
)
def test_what_people_need_to_read_stays(text: str) -> None:
    assert Redactor().text(text) == text


def test_fields_are_redacted_by_their_name_wherever_they_are() -> None:
    data = {
        "user": "ann",
        "Password": "hunter2",
        "clientSecret": "x",
        "nested": [{"api-key": "k", "items": ({"Authorization": "Basic abc"},)}],
        "credentials": {"any": "thing"},
        "refresh_token": None,
        "has_secret": True,
        "token_type": "bearer",
        "count": 3,
    }
    assert Redactor().data(data) == {
        "user": "ann",
        "Password": "[redacted]",
        "clientSecret": "[redacted]",
        "nested": [{"api-key": "[redacted]", "items": [{"Authorization": "[redacted]"}]}],
        "credentials": "[redacted]",
        "refresh_token": None,
        "has_secret": True,
        "token_type": "bearer",
        "count": 3,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(data=JSON, secret=PRINTABLE)
def test_no_data_keeps_a_secret(data: object, secret: str) -> None:
    redacted = Redactor([secret]).data(
        {"note": f"x{secret}", secret: data, "list": [secret, {"deep": secret}]}
    )
    assert secret not in repr(redacted)
    assert json.dumps(secret)[1:-1] not in json.dumps(redacted)


def test_data_nested_too_deep_is_cut_and_not_followed() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert "[too deep]" in repr(Redactor().data(deep))


def test_headers_keep_their_names() -> None:
    headers = {
        "Authorization": "Bearer x",
        "X-Api-Key": "y",
        "Cookie": "a=b",
        "ETag": 'W/"1"',
        "X-Trace": "s3cret-value",
    }
    assert Redactor(["s3cret-value"]).headers(headers) == {
        "Authorization": "[redacted]",
        "X-Api-Key": "[redacted]",
        "Cookie": "[redacted]",
        "ETag": 'W/"1"',
        "X-Trace": "[redacted]",
    }


def test_a_secret_too_short_to_be_one_does_not_blank_the_text() -> None:
    assert Redactor(["", "a", "abc"]).text("abc banana") == "abc banana"


def test_a_secret_that_begins_another_leaves_nothing_of_the_longer_one() -> None:
    assert Redactor(["abcd", "abcd-efgh"]).text("abcd-efgh") == "[redacted]"


def test_a_secret_made_of_the_mark_itself_is_not_written_back() -> None:
    for secret in ("[redacted]", "redacted", "]and[", "****"):
        assert secret not in Redactor([secret]).text(f"x{secret}y{secret}{secret}z")


@pytest.mark.parametrize(
    "part", ["token", "token=", 'secret: "', "Bearer ", "eyJ.", "://", "authorization:", "a", "%2F"]
)
def test_a_long_and_hostile_text_does_not_hang_the_redactor(part: str) -> None:
    # A pattern that backtracks would need hours for this.
    assert Redactor(["some-secret-value"]).text(part * (500_000 // len(part)))
