"""Settings from environment variables."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from mlconnector import env


def test_a_missing_variable_without_default_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLC_ANYTHING", raising=False)

    with pytest.raises(ImproperlyConfigured, match="MLC_ANYTHING"):
        env.text("MLC_ANYTHING")


def test_a_flag_understands_the_usual_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, value in {"1": True, "True": True, "on": True, "0": False, "": False}.items():
        monkeypatch.setenv("MLC_FLAG", word)

        assert env.flag("MLC_FLAG", default=not value) is value


def test_a_flag_refuses_what_it_does_not_understand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLC_FLAG", "flase")

    with pytest.raises(ImproperlyConfigured, match="flase"):
        env.flag("MLC_FLAG", default=False)


def test_a_number_must_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLC_NUMBER", "ten")

    with pytest.raises(ImproperlyConfigured, match="ten"):
        env.number("MLC_NUMBER", 1)


def test_secrets_come_from_a_file_one_per_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keys").write_text("new\nold\n")
    monkeypatch.setenv("KEYS_FILE", str(tmp_path / "keys"))

    assert env.secrets("KEYS") == ["new", "old"]


def test_a_single_secret_may_contain_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "a,b")

    assert env.secret("ONE") == "a,b"


def test_an_unreadable_secret_file_names_the_variable_not_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYS_FILE", str(tmp_path / "absent"))

    with pytest.raises(ImproperlyConfigured, match="KEYS_FILE cannot be read: No such file"):
        env.secrets("KEYS")


def test_an_empty_secret_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", " ")

    with pytest.raises(ImproperlyConfigured, match="ONE is empty"):
        env.secret("ONE")


def test_a_database_address_is_read_in_full() -> None:
    found = env.database("postgresql://us%40er:p%2Fw@db.example:5433/shop?sslmode=require")

    assert found == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_behind_a_unix_socket_is_named_by_its_folder() -> None:
    found = env.database("postgresql://role@/shop?host=%2Frun%2Fpg")

    assert (found["HOST"], found["PORT"], found["OPTIONS"]) == ("/run/pg", "", {})


def test_no_other_database_is_accepted() -> None:
    with pytest.raises(ImproperlyConfigured, match="only database"):
        env.database("sqlite:///db.sqlite3")


@pytest.mark.parametrize(
    ("redis_url", "broker"),
    [
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
        ("rediss://:pw@cache.example:6380/1", "rediss://:pw@cache.example:6380/1"),
    ],
)
def test_the_broker_is_the_same_server_in_the_words_of_kombu(redis_url: str, broker: str) -> None:
    assert env.broker(redis_url) == broker


def test_mail_by_smtp_uses_starttls_unless_told_otherwise() -> None:
    found = env.email("smtp://me:p%40w@mail.example")

    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (587, True, False)
    assert found["EMAIL_HOST_PASSWORD"] == "p@w"


@pytest.mark.parametrize("url", ["smtp://mail.example?security=maybe", "ftp://mail.example", "mail.example"])
def test_mail_that_cannot_be_sent_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="MLC_EMAIL_URL"):
        env.email(url)
