"""Connecting Mailchimp by logging in there: from the code it sends back to a connection."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from audit.redaction import Redactor
from connectors.engine.accounts import redis_client
from connectors.models import Connection
from connectors.sdk.errors import SystemFault
from connectors.sdk.http import HttpClient
from connectors.sdk.net import NetworkPolicy
from connectors.sdk.ratelimit import Limits, RedisBudget
from connectors.services import connections
from connectors.services.errors import Refused
from connectors.systems.mailchimp import oauth


def is_offered() -> bool:
    """Whether this installation has an application registered at Mailchimp."""
    return bool(_of("MAILCHIMP_CLIENT_ID") and _of("MAILCHIMP_CLIENT_SECRET"))


def address(redirect_uri: str, state: str) -> str:
    """Where to send the person."""
    return oauth.authorize_url(_app(redirect_uri), state, login=_login())


def finish(code: str, redirect_uri: str, name: str, connection: Connection | None = None) -> Connection:
    """Make a connection of a code, or renew one. Raises `Refused` where the log-in was not completed."""
    app = _app(redirect_uri)
    try:
        token = oauth.exchange(_connect(app.client_secret), app, code, login=_login())
        identity = oauth.identify(_connect(app.client_secret, token), token, login=_login())
    except SystemFault as fault:
        raise Refused(fault.text) from fault
    chosen: dict[str, Any] = {"account": "oauth", "dc": identity.dc}
    if connection is None:
        chosen |= {"base_url": _of("MAILCHIMP_API_URL")}
        return connections.create_connection("mailchimp", name, chosen, {"access_token": token})
    with transaction.atomic():
        connections.replace_credentials(connection, {"access_token": token})
        return connections.change_settings(connection, {**connection.settings, **chosen})


def _app(redirect_uri: str) -> oauth.App:
    return oauth.App(_of("MAILCHIMP_CLIENT_ID"), _of("MAILCHIMP_CLIENT_SECRET"), redirect_uri)


def _login() -> str:
    return _of("MAILCHIMP_LOGIN_URL") or oauth.LOGIN


def _of(name: str) -> str:
    return str(getattr(settings, name, ""))


def _connect(*secrets: str) -> oauth.Connect:
    budget = RedisBudget(redis_client(), "mailchimp:login", Limits(per_minute=120, burst=20, concurrent=8))

    def connect(**options: Any) -> HttpClient:
        return HttpClient(
            system="Mailchimp",
            budget=budget,
            policy=NetworkPolicy.allowing(settings.ALLOWED_NETWORKS),
            redactor=Redactor(secrets),
            **options,
        )

    return connect
