"""Receiving, over real HTTP: what is stored, what is refused, and with which words."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.engine import sql
from connectors.models import WebhookEndpoint, WebhookReceipt
from connectors.services import webhooks
from connectors.webhooks import store
from connectors.webhooks.receiver import LARGEST_BODY
from sandboxes.mailchimp.webhook_sender import sign
from tenants.models import Tenant
from tenants.scope import NoTenantInScope, across_tenants, tenant_scope
from tests.connectors.webhooks.steps import FORM, Listener, call, event, post, receipts
from tests.worlds import World

JANE = event("unsubscribe", email="jane@firma.example")


def test_a_genuine_delivery_is_stored_as_it_came(listener: Listener) -> None:
    assert listener.post(JANE) == 200
    [receipt] = receipts()
    assert (receipt.state, receipt.verdict, receipt.repeats) == ("new", "genuine", 0)
    assert bytes(receipt.body or b"") == JANE
    assert receipt.headers["content-type"] == FORM
    assert receipt.headers["x-mailchimp-signature"].startswith("t=")
    assert receipt.tenant_id == listener.scene.tenant.pk


def test_a_repeat_counts_up_and_is_answered_alike(listener: Listener) -> None:
    now = datetime.now(UTC).timestamp()
    assert [listener.post(JANE, moment=now - second) for second in range(3)] == [200] * 3
    [receipt] = receipts()
    assert receipt.repeats == 2
    assert receipt.repeated_at


def test_a_wrong_signature_is_401_and_counts_up_without_its_body(listener: Listener) -> None:
    assert [listener.post(JANE, secret="whsec_guess") for _ in range(5)] == [401] * 5
    assert post(listener.url, JANE) == 401
    refused = receipts("refused")
    assert receipts() == refused
    assert {receipt.body for receipt in refused} == {None}
    assert len(refused) <= 2  # a row a minute
    assert sum(1 + receipt.repeats for receipt in refused) == 6


def test_what_is_played_back_later_is_refused(listener: Listener) -> None:
    old = datetime.now(UTC) - timedelta(minutes=6)
    assert listener.post(JANE, moment=old.timestamp()) == 401
    [receipt] = receipts()
    assert (receipt.state, receipt.verdict) == ("refused", "stale")


def test_an_address_nobody_has_is_404_whatever_is_wrong_with_it(listener: Listener) -> None:
    base = listener.url.rpartition("/")[0]
    known = listener.url.rpartition("/")[2]
    for url in (
        f"{base}/{known[:-1]}",
        f"{base}/x",
        f"{base}/%00",
        f"{listener.url}/",
        listener.url.replace("mailchimp", "shopify"),
    ):
        assert post(url, JANE) == 404
        assert call("GET", url) == 404
    assert receipts() == []


def test_a_question_whether_we_are_there_is_answered_and_not_kept(listener: Listener) -> None:
    assert call("GET", listener.url, headers={"Accept": "text/html", "User-Agent": "Validator"}) == 200
    assert call("HEAD", listener.url) == 200
    assert call("PUT", listener.url) == 405
    assert call("OPTIONS", listener.url) == 405
    assert receipts() == []


def test_a_body_too_long_is_refused_before_it_is_read(listener: Listener) -> None:
    parts = urlsplit(listener.url)
    wire = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        wire.putrequest("POST", parts.path)
        wire.putheader("Content-Type", FORM)
        wire.putheader("Content-Length", str(5 * 1024 * 1024))
        wire.endheaders()
        # Not a byte of it was sent, so an answer shows that nobody waited for it.
        assert wire.getresponse().status == 413
    finally:
        wire.close()
    assert receipts() == []


def test_the_longest_body_is_taken_and_one_byte_more_is_not(listener: Listener) -> None:
    longest = JANE + b"&data[x]=" + b"x" * (LARGEST_BODY - len(JANE) - 9)
    assert listener.post(longest) == 200
    client = Client()
    path = urlsplit(listener.url).path
    assert client.post(path, longest + b"x", content_type=FORM).status_code == 413
    assert len(receipts()) == 1


def test_a_body_without_a_length_is_refused(listener: Listener) -> None:
    assert call("POST", listener.url, None, {"Transfer-Encoding": "chunked", "Content-Type": FORM}) == 411


def test_no_cookie_is_needed_and_none_is_set(listener: Listener) -> None:
    client = Client(enforce_csrf_checks=True)
    stamp = int(datetime.now(UTC).timestamp())
    answer = client.post(
        urlsplit(listener.url).path,
        JANE,
        content_type=FORM,
        headers={"X-Mailchimp-Signature": sign(listener.secret, JANE.decode(), stamp), "Accept": "image/png"},
    )
    assert (answer.status_code, answer.content, answer.cookies) == (200, b"", {})


def test_receiving_costs_one_insert_once_the_address_is_known(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = Client(), urlsplit(listener.url).path
    stamp = int(datetime.now(UTC).timestamp())
    headers = {"X-Mailchimp-Signature": sign(listener.secret, JANE.decode(), stamp)}
    statements: list[str] = []
    insert = sql.rows

    def counted(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        statements.append(statement)
        return insert(statement, values)

    monkeypatch.setattr(sql, "rows", counted)
    monkeypatch.setattr(store, "_known", {})
    looked_up = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert client.post(path, JANE, content_type=FORM, headers=headers).status_code == 200
        looked_up.append(len(queries))
    assert looked_up == [1, 0, 0]
    assert len(statements) == 3


def test_the_statement_that_stores_leaves_no_scope_behind(listener: Listener) -> None:
    client, path = Client(), urlsplit(listener.url).path
    with across_tenants("a look at the connection"), connection.cursor() as cursor:
        assert client.post(path, JANE, content_type=FORM).status_code == 401
        cursor.execute("SELECT current_setting('app.tenant', true), current_setting('app.across', true)")
        assert cursor.fetchone() == ("", "on")


def test_a_secret_that_was_just_replaced_is_known_at_once(listener: Listener) -> None:
    assert listener.post(JANE) == 200
    listener.endpoint.seal_secrets(["whsec_new"])
    listener.endpoint.save()
    assert listener.post(JANE, secret="whsec_new") == 200


def test_an_address_that_was_asked_for_before_its_secret_was_known_takes_nothing_unsigned(
    listener: Listener,
) -> None:
    secrets = listener.endpoint.signing_secrets()
    listener.endpoint.seal_secrets(())
    listener.endpoint.save()
    assert call("GET", listener.url) == 200  # as Mailchimp does before it tells the secret
    listener.endpoint.seal_secrets(secrets)
    listener.endpoint.save()
    assert post(listener.url, JANE) == 401


def test_an_endpoint_that_was_just_deleted_is_404(listener: Listener) -> None:
    url, secret = listener.url, listener.secret
    assert listener.post(JANE) == 200
    WebhookEndpoint.objects.all().delete()
    assert listener.post(JANE, url=url, secret=secret) == 404
    assert listener.post(JANE, url=url, secret="whsec_guess") == 404


def test_a_secret_that_cannot_be_opened_is_our_fault_and_the_vendor_tries_again(listener: Listener) -> None:
    path = urlsplit(listener.url).path
    with override_settings(FIELD_ENCRYPTION_KEY=["b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktMDE="]):
        assert Client().post(path, JANE, content_type=FORM).status_code == 503
    assert receipts() == []


def test_the_previous_address_works_while_it_is_being_replaced_and_no_longer(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(store, "_known", {})
    before = listener.url
    endpoint = webhooks.rotate(listener.endpoint)
    assert listener.post(JANE, url=before) == 200
    assert listener.post(JANE, url=webhooks.url_of(endpoint)) == 200
    assert [receipt.repeats for receipt in receipts()] == [1]
    WebhookEndpoint.objects.update(previous_until=timezone.now())
    assert listener.post(JANE, url=before) == 404


def test_the_address_stands_nowhere_in_clear(listener: Listener) -> None:
    token = listener.url.rpartition("/")[2]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {WebhookEndpoint._meta.db_table}")  # noqa: S608
        assert not any(token in str(row) for row in cursor.fetchall())
    assert token not in str(vars(listener.endpoint))


def test_receipts_of_one_tenant_are_not_there_for_another(listener: Listener, scene: World) -> None:
    listener.post(JANE)
    with across_tenants("a test makes a tenant"):
        other = Tenant.objects.create(name="Südwind", slug="suedwind")
    with tenant_scope(other):
        assert not WebhookReceipt.objects.exists()
        with connections["default"].cursor() as cursor:  # the second wall
            for table in ("endpoint", "receipt", "hint"):
                cursor.execute(f"SELECT count(*) FROM connectors_webhook{table}")  # noqa: S608
                assert cursor.fetchone() == (0,)


def test_the_scope_ends_with_the_answer(listener: Listener) -> None:
    # In a thread of its own there is no scope around the request.
    assert listener.post(JANE) == 200
    with across_tenants("look"):
        assert WebhookReceipt.objects.count() == 1


def test_no_answer_puts_the_address_into_a_log(
    listener: Listener, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = urlsplit(listener.url).path
    token = path.rpartition("/")[2]
    client = Client()
    statuses = [client.post(path + more, JANE, content_type=FORM).status_code for more in ("", "/", "x")]
    monkeypatch.setattr("connectors.webhooks.store.keep", lambda *_: 1 / 0)
    statuses.append(client.post(path, JANE, content_type=FORM).status_code)
    assert statuses == [401, 404, 404, 503]
    assert "webhook_not_received" in caplog.text
    assert token not in caplog.text


@pytest.mark.django_db
def test_outside_every_scope_there_are_no_receipts() -> None:
    with pytest.raises(NoTenantInScope):
        WebhookReceipt.objects.count()
