"""Keeps bodies once per tenant and content, and lets go of them."""

import hashlib
import itertools
import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db import connection
from django.utils import timezone

from audit.batches import copy_rows, require_transaction
from audit.models import Payload
from audit.services.entries import append
from tenants.scope import current_tenant_id

DIGEST_BYTES = 16
WORTH_COMPRESSING = 1024
"""Below, compressing takes longer than storing, and saves little."""


class PayloadDamaged(Exception):
    """A stored body is not what its digest says."""


def digest_of(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()


def store_payloads(bodies: Iterable[bytes]) -> list[bytes]:
    """Store the bodies that are not there yet; returns the digest of each, in the order given.

    In the caller's transaction; better once for many bodies than many times.
    """
    require_transaction("store_payloads()")
    digests: list[bytes] = []
    by_digest: dict[bytes, bytes] = {}
    for body in bodies:
        digest = digest_of(body)
        digests.append(digest)
        by_digest[digest] = body
    if not by_digest:
        return digests
    today = timezone.now().date()
    seen = _last_seen(by_digest)
    # Always in the same order, so that two transactions with the same bodies cannot wait for each other.
    if unknown := sorted(by_digest.keys() - seen.keys()):
        _insert([(digest, by_digest[digest]) for digest in unknown], today)
    if stale := [digest for digest, day in seen.items() if day < today]:
        _touch(stale, today)
    return digests


def load_payloads(digests: Iterable[bytes]) -> dict[bytes, bytes]:
    """The bodies by digest. What was erased, or has outlived its retention, is not among them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest, encoding, body FROM audit_payload"
            " WHERE tenant_id = %s AND digest = ANY(%s::bytea[]) AND body IS NOT NULL",
            [current_tenant_id(), _array(set(digests))],
        )
        return {bytes(digest): _decoded(bytes(digest), encoding, body) for digest, encoding, body in cursor}


def erase_payloads(digests: Collection[bytes], why: str) -> int:
    """Erase bodies for good (a person's right, a vendor's redaction notice); returns how many there were.

    The digests stay, so the chain still verifies. Appends to the chain: call it last.
    """
    require_transaction("erase_payloads()")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_payload SET body = NULL, encoding = 0, erased_at = %s, erased_why = %s"
            " WHERE tenant_id = %s AND digest = ANY(%s::bytea[]) AND body IS NOT NULL RETURNING digest",
            [timezone.now(), why, current_tenant_id(), _array(set(digests))],
        )
        erased = sorted(bytes(digest).hex() for (digest,) in cursor)
    if erased:
        append("payloads_erased", data={"why": why, "digests": erased})
    return len(erased)


def _last_seen(digests: Collection[bytes]) -> dict[bytes, date]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest, last_seen FROM audit_payload"
            " WHERE tenant_id = %s AND digest = ANY(%s::bytea[]) AND body IS NOT NULL",
            [current_tenant_id(), _array(digests)],
        )
        return {bytes(digest): day for digest, day in cursor}


_STAGE = "new_audit_payload"
# What comes again after it was erased is stored again: it was sent to us anew.
_TAKE_OVER = f"""
    INSERT INTO audit_payload (tenant_id, digest, size, encoding, body, first_seen, last_seen)
    SELECT %s, digest, size, encoding, body, %s, %s FROM {_STAGE} WHERE batch = %s
    ON CONFLICT (tenant_id, digest) DO UPDATE
    SET encoding = excluded.encoding, body = excluded.body, last_seen = excluded.last_seen,
        erased_at = NULL, erased_why = ''
    WHERE audit_payload.body IS NULL
"""  # noqa: S608  our own name
_batches = itertools.count()


def _insert(new: Sequence[tuple[bytes, bytes]], today: date) -> None:
    batch = next(_batches) & 0x7FFFFFFF  # earlier calls of this transaction left their bodies on the stage
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {_STAGE}"
            " (batch int4, digest bytea, size int4, encoding int2, body bytea) ON COMMIT DELETE ROWS"
        )
    copy_rows(
        f"COPY {_STAGE} (batch, digest, size, encoding, body) FROM STDIN (FORMAT BINARY)",
        ["int4", "bytea", "int4", "int2", "bytea"],
        ((batch, digest, len(body), *_encoded(body)) for digest, body in new),
    )
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_OVER, [current_tenant_id(), today, today, batch])


def _touch(digests: Collection[bytes], today: date) -> None:
    """Retention counts from the day a body was last stored. Whoever holds a row's lock is doing the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_payload SET last_seen = %s WHERE tenant_id = %s AND digest IN"
            " (SELECT digest FROM audit_payload WHERE tenant_id = %s AND digest = ANY(%s::bytea[])"
            " ORDER BY digest FOR UPDATE SKIP LOCKED)",
            [today, current_tenant_id(), current_tenant_id(), _array(digests)],
        )


def _encoded(body: bytes) -> tuple[int, bytes]:
    if len(body) >= WORTH_COMPRESSING:
        compressed = zlib.compress(body, level=1)
        if len(compressed) < len(body):
            return Payload.Encoding.ZLIB.value, compressed
    return Payload.Encoding.PLAIN.value, body


def _decoded(digest: bytes, encoding: int, stored: bytes) -> bytes:
    body = zlib.decompress(stored) if encoding == Payload.Encoding.ZLIB else bytes(stored)
    if digest_of(body) != digest:
        raise PayloadDamaged(f"The body stored as {digest.hex()} is another one.")
    return body


def _array(digests: Iterable[bytes]) -> str:
    """As PostgreSQL writes an array. The driver's own way of sending a list takes longer than the query."""
    return "{" + ",".join([f'"\\\\x{digest.hex()}"' for digest in digests]) + "}"
