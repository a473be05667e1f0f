"""Whose data the running code may touch. Outside every scope: nobody's.

A scope is held twice. Python keeps it in a context variable, which the managers of tenant-owned models read;
PostgreSQL keeps it in two session settings, which the row-level security policies read (tenants/rls.py). The
second holds when somebody forgets a filter or writes raw SQL.

The session settings follow the scope of the thread that uses the connection: set on entering, set back on
leaving, and set on every connection that opens inside a scope. What a connection was told is kept in mind, so
a scope that changes nothing costs no round trip. A pooler in front of the server must pool sessions.
"""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
import structlog
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from psycopg.pq import TransactionStatus

log = structlog.get_logger(__name__)


class NoTenantInScope(Exception):
    """Tenant-owned data was asked for outside `tenant_scope()` and `across_tenants()`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One tenant, or with `tenant_id` None all of them, for the reason given."""

    tenant_id: UUID | None
    reason: str = ""


_current: ContextVar[Scope | None] = ContextVar("tenant_scope", default=None)


@contextmanager
def tenant_scope(tenant: Model | UUID | str) -> Iterator[None]:
    """Everything inside sees and writes this tenant's rows only."""
    with _entered(Scope(tenant_id=_id_of(tenant))):
        yield


@contextmanager
def across_tenants(reason: str) -> Iterator[None]:
    """Everything inside sees all tenants. The reason is for whoever greps for these places."""
    if not reason:
        raise ValueError("across_tenants() needs a reason.")
    with _entered(Scope(tenant_id=None, reason=reason)):
        yield


def current_scope() -> Scope:
    scope = _current.get()
    if scope is None:
        raise NoTenantInScope("Enter tenant_scope(tenant) or across_tenants(reason) first.")
    return scope


def current_tenant_id() -> UUID:
    """The one tenant in scope; inside `across_tenants()` there is none."""
    scope = current_scope()
    if scope.tenant_id is None:
        raise NoTenantInScope(
            f"All tenants are in scope ({scope.reason}); this needs one. Enter tenant_scope(tenant)."
        )
    return scope.tenant_id


def _id_of(tenant: Model | UUID | str) -> UUID:
    key = tenant.pk if isinstance(tenant, Model) else tenant
    return key if isinstance(key, UUID) else UUID(key)


@contextmanager
def _entered(scope: Scope) -> Iterator[None]:
    outer = _current.get()
    _enter(scope)
    try:
        yield
    finally:
        # Not ContextVar.reset(): its token refuses to work when a generator is closed from another context.
        _enter(outer)


def _enter(scope: Scope | None) -> None:
    _current.set(scope)
    for connection in connections.all(initialized_only=True):
        _tell(connection, scope)


# --- the database's side ---

_NOBODY = ("", "")
# By the driver's connection: a pool hands the same one to many of Django's wrappers. None: not known.
_told: MutableMapping[Any, tuple[str, str] | None] = WeakKeyDictionary()


def tell_new_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of `connection_created`: a connection opened inside a scope (or from a pool) must know it."""
    _tell(connection, _current.get())


def _tell(connection: BaseDatabaseWrapper, scope: Scope | None) -> None:
    """Set the connection's session settings to the scope. Never raises: what fails here leaves the wall shut.

    The settings are transactional: a rollback puts back those from before the block. Scopes and blocks nest,
    so these are the settings of the scope that the code is in by then.
    """
    session = connection.connection
    if session is None or connection.vendor != "postgresql":
        return
    wanted = _settings_for(scope)
    if _told.get(session, _NOBODY) == wanted:
        return
    _told[session] = None
    try:
        if session.info.transaction_status != TransactionStatus.INERROR:
            session.execute(
                "SELECT set_config('app.tenant', %s, false), set_config('app.across', %s, false)", wanted
            )
            _told[session] = wanted
    except psycopg.Error as error:
        log.warning("scope_not_told", database=connection.alias, error=type(error).__name__)
    if _told[session] is None and not connection.in_atomic_block:
        # No rollback of Django's will put the settings right, so nobody may use this one again. The next
        # query opens another one, which is told anew.
        connection.close()


def _settings_for(scope: Scope | None) -> tuple[str, str]:
    if scope is None:
        return _NOBODY
    return ("", "on") if scope.tenant_id is None else (str(scope.tenant_id), "")
