"""The least a receiver can do: check the signature, insert a row, answer."""

from __future__ import annotations

import hmac

from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

SECRET = "a-signing-secret-of-benchmarks-alone"  # noqa: S105
HEADER = "X-Mailchimp-Signature"


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """401 for a signature that is not right, else 200 once the body is stored."""
    stamp, _, given = request.headers.get(HEADER, "").removeprefix("t=").partition(",v1=")
    if not hmac.compare_digest(signature(stamp, request.body), given):
        return HttpResponse(status=401)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare_webhook (body) VALUES (%s)", [request.body])
    return HttpResponse()


def signature(stamp: str, body: bytes) -> str:
    """As Mailchimp signs."""
    return hmac.digest(SECRET.encode(), stamp.encode() + b"." + body, "sha256").hex()


def make_table() -> None:
    """As the owner of the tables, afresh."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare_webhook")
        cursor.execute(
            "CREATE TABLE bench_bare_webhook"
            " (id bigserial PRIMARY KEY, body bytea NOT NULL, received_at timestamptz DEFAULT now())"
        )


def drop_table() -> None:
    """Leave nothing behind."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare_webhook")


def stored() -> int:
    """How many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bench_bare_webhook")
        return int(cursor.fetchone()[0])
