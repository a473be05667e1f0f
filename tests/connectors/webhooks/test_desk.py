"""The support desk: receipts and endpoints are looked at, read again, replaced; secrets are not shown."""

from __future__ import annotations

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from connectors.models import WebhookEndpoint, WebhookReceipt
from connectors.services import integrations
from tenants.models import User
from tests.connectors.webhooks.steps import Listener, at_vendor, fresh, hear, receipts


@pytest.fixture
def staff(listener: Listener) -> Client:
    client = Client()
    sue = User.objects.create_superuser("sue@support.example", "a-long-password")
    client.force_login(sue, "django.contrib.auth.backends.ModelBackend")
    return client


def place(kind: type[Model], page: str = "changelist", *args: object) -> str:
    return reverse(f"admin:connectors_{kind._meta.model_name}_{page}", args=args)


def act(client: Client, row: Model, action: str) -> str:
    """Carry an action out; returns the page with what it says."""
    chosen = {"action": action, "_selected_action": [str(row.pk)]}
    response = client.post(place(type(row)), chosen, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_receipts_are_listed_found_and_opened_without_secrets(staff: Client, listener: Listener) -> None:
    listener.leave(listener.emails[0])
    hear(listener.scene)
    [receipt] = receipts()
    key = receipt.hints.get().key
    pages = [
        place(WebhookReceipt),
        f"{place(WebhookReceipt)}?q={key}",
        place(WebhookReceipt, "change", receipt.pk),
        place(WebhookEndpoint),
        place(WebhookEndpoint, "change", listener.endpoint.pk),
    ]
    token = listener.url.rpartition("/")[2]
    for page in pages:
        response = staff.get(page)
        assert response.status_code == 200, page
        html = response.content.decode()
        assert token not in html
        assert listener.secret not in html
    assert key in staff.get(pages[2]).content.decode()
    assert str(receipt.pk) in staff.get(pages[1]).content.decode()


def test_a_receipt_is_read_again_and_the_trail_says_who_asked(staff: Client, listener: Listener) -> None:
    integrations.switch_job(listener.scene.job("consent_back"), on=False)
    listener.leave(listener.emails[0])
    hear(listener.scene)
    integrations.switch_job(listener.scene.job("consent_back"), on=True)
    assert "1 to be read again" in act(staff, receipts()[0], "read_again")
    hear(listener.scene)
    assert len(listener.flags()) == 1
    assert "sue@support.example" in AuditEntry.objects.get(kind="receipts_read_again").actor_label


def test_an_endpoint_is_mended_and_its_address_replaced(staff: Client, listener: Listener) -> None:
    at_vendor(listener.scene).clear()
    assert "On." in act(staff, listener.endpoint, "settle")
    assert len(at_vendor(listener.scene)) == 1
    assert "the address was replaced" in act(staff, listener.endpoint, "rotate")
    assert fresh(listener.endpoint).token_hash != listener.endpoint.token_hash


def test_nothing_can_be_edited_by_hand(staff: Client, listener: Listener) -> None:
    for kind in (WebhookReceipt, WebhookEndpoint):
        assert staff.get(place(kind, "add")).status_code == 403
    changed = staff.post(place(WebhookEndpoint, "change", listener.endpoint.pk), {"hook": "x"})
    assert changed.status_code == 403
