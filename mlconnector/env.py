"""Reads settings from environment variables, and refuses to guess where a wrong guess would hurt."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_WORDS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
    "": False,
}


def text(name: str, default: str | None = None) -> str:
    """The variable, else the default; without either the program must not start."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def flag(name: str, *, default: bool) -> bool:
    word = os.environ.get(name, "1" if default else "0").strip().lower()
    if word not in _WORDS:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {word!r}.")
    return _WORDS[word]


def number(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def listing(name: str, default: str | None = None) -> list[str]:
    """A list separated by commas or line ends."""
    return _split(text(name, default))


def secret(name: str, default: str | None = None) -> str:
    """From NAME, or from the file that NAME_FILE points at (a mounted secret)."""
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        value = text(name, default)
    else:
        try:
            value = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None
    if not value.strip():
        raise ImproperlyConfigured(f"{name} is empty.")
    return value.strip()


def secrets(name: str, default: str | None = None) -> list[str]:
    return _split(secret(name, default))


def _split(value: str) -> list[str]:
    return [item.strip() for item in value.replace("\n", ",").split(",") if item.strip()]


def database(url: str) -> dict[str, Any]:
    """Django's settings for `postgresql://role:password@host:port/name?sslmode=require` or `?host=/dir`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must start with postgresql://; PostgreSQL is the only database."
        )
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")) or "ml_connector",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
    }


def broker(redis_url: str) -> str:
    """The same server as kombu spells it: it knows unix sockets under another scheme than redis-py."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    index = parse_qs(parts.query).get("db", ["0"])[-1]
    return f"redis+socket://{parts.path}?virtual_host={index}"


def email(url: str) -> dict[str, Any]:
    """Where mail goes: `console:`, `file:///folder`, or `smtp://user:password@host:587?security=starttls`."""
    parts = urlsplit(url)
    match parts.scheme:
        case "console":
            return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
        case "file":
            return {
                "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
                "EMAIL_FILE_PATH": unquote(parts.path),
            }
        case "smtp":
            security = parse_qs(parts.query).get("security", ["starttls"])[-1]
            if security not in {"starttls", "tls", "none"}:
                raise ImproperlyConfigured("MLC_EMAIL_URL: security must be starttls, tls or none.")
            return {
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "EMAIL_HOST": parts.hostname or "localhost",
                "EMAIL_PORT": parts.port or (465 if security == "tls" else 587),
                "EMAIL_HOST_USER": unquote(parts.username or ""),
                "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
                "EMAIL_USE_TLS": security == "starttls",
                "EMAIL_USE_SSL": security == "tls",
                "EMAIL_TIMEOUT": 20,
            }
        case _:
            raise ImproperlyConfigured("MLC_EMAIL_URL must start with smtp://, file:// or console:.")
