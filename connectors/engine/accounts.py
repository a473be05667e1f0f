"""From a Connection row to the `Account` a system works with: budget, guard, redaction, tokens, trail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from audit.redaction import Redactor
from audit.rows import CallRow
from connectors.engine.alone import alone
from connectors.engine.tokens import RedisTokens
from connectors.models import Connection
from connectors.sdk.auth import Auth, NoAuth
from connectors.sdk.calls import Answer, Call
from connectors.sdk.classify import Rule, VendorWords
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.http import MAX_ANSWER_BYTES, HttpClient
from connectors.sdk.net import NetworkPolicy
from connectors.sdk.ratelimit import RedisBudget
from connectors.sdk.settings import Settings
from connectors.sdk.system import Account, System


class CallLog:
    """The calls made since the last commit, collected from all threads of a slice."""

    def __init__(self) -> None:
        self._calls: list[tuple[Connection, Call]] = []
        self._lock = threading.Lock()

    def add(self, connection: Connection, call: Call) -> None:
        """One more attempt."""
        with self._lock:
            self._calls.append((connection, call))

    def drain(self, **where: Any) -> list[CallRow]:
        """Take what was collected, as rows for the trail; `where` are `job_id` and `run_id`."""
        with self._lock:
            calls, self._calls = self._calls, []
        return [
            CallRow(
                at=call.at,
                connection_id=connection.pk,
                system=call.system,
                method=call.method,
                path=call.template,
                status=call.status,
                duration_ms=call.duration_ms,
                bytes_in=call.bytes_in,
                bytes_out=call.bytes_out,
                attempt=call.attempt,
                vendor_request_id=call.vendor_request_id,
                error_class=call.error_class,
                error_text=call.error_text,
                **where,
            )
            for connection, call in calls
        ]


@lru_cache(maxsize=1)
def redis_client() -> redis.Redis:
    """One client per process; connections are made on first use."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=10, socket_connect_timeout=3)


def system_of(connection: Connection, calls: CallLog, *, options: Settings | None = None) -> System:
    """The system of a connection, ready to be called.

    Raises `ConfigProblem` where stored settings no longer fit the system's model.
    """
    kind = connection.system_class
    try:
        chosen = connection.typed_settings()
    except ValueError as error:
        raise ConfigProblem(
            f"The settings of {connection.name} are incomplete. Open the connection and complete them.",
            detail=str(error),
        ) from error
    credentials = connection.unseal()
    account = f"{kind.code}:{kind.account_key(chosen, credentials)}"
    account_of = Account(
        settings=chosen,
        credentials=credentials,
        connect=_connector(connection, kind, calls, chosen=chosen, credentials=credentials, account=account),
        tokens=RedisTokens(redis_client(), connection),
        findings=connection.findings,
        options=options,
        alone=lambda: alone(account),
        shared=RedisTokens(redis_client(), account),
    )
    return kind(account_of)


def _connector(
    connection: Connection,
    kind: type[System],
    calls: CallLog,
    *,
    chosen: Settings,
    credentials: Settings,
    account: str,
) -> Callable[..., HttpClient]:
    redactor = Redactor((*credentials.secrets(), *chosen.secrets()))
    policy = replace(NetworkPolicy.allowing(settings.ALLOWED_NETWORKS), ca_file=settings.CA_FILE)
    budget = RedisBudget(redis_client(), account, kind.limits(chosen))

    def connect(
        *,
        base_url: str,
        auth: Auth | None = None,
        rules: tuple[Rule, ...] = (),
        words_of: Callable[[Answer], VendorWords] = lambda _: VendorWords(),
        request_id_header: str = "x-request-id",
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> HttpClient:
        return HttpClient(
            system=kind.name,
            base_url=base_url,
            auth=auth or NoAuth(),
            budget=budget,
            policy=policy,
            redactor=redactor,
            rules=rules,
            words_of=words_of,
            on_call=lambda call: calls.add(connection, call),
            request_id_header=request_id_header,
            max_bytes=max_bytes,
        )

    return connect
