"""Support staff can look at all of the trail, change none of it, and never start a count."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import ApiCall, AuditEntry, Payload, RecordEvent
from audit.services import append, record_calls, record_events, store_payloads
from tenants.models import Tenant, User
from tenants.scope import across_tenants, tenant_scope
from tests.audit.conftest import call, event

PAGES = ("auditentry", "apicall", "recordevent", "payload")


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("sue@support.example", "a-long-password"))
    return client


@pytest.fixture
def told(acme: Tenant, globex: Tenant) -> None:
    for tenant in (acme, globex):
        with tenant_scope(tenant):
            store_payloads([b"a body nobody should read here"])
            seals = (
                record_events([event(f"{tenant.slug}-1")]),
                record_calls([call(vendor_request_id=tenant.slug)]),
            )
            append("page_observed", seals=seals)


def changelist(client: Client, page: str, **query: str) -> str:
    response = client.get(reverse(f"admin:audit_{page}_changelist"), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_staff_see_all_tenants(page: str, staff: Client, told: None) -> None:
    html = changelist(staff, page)
    assert "Acme" in html
    assert "Globex" in html
    assert "2 " in html


@pytest.mark.parametrize("page", PAGES)
def test_no_list_counts_its_table(page: str, staff: Client, told: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        changelist(staff, page)
    assert not [
        query["sql"] for query in queries if "COUNT(" in query["sql"].upper() and "audit_" in query["sql"]
    ]


@pytest.mark.parametrize("model", [AuditEntry, ApiCall, RecordEvent])
def test_one_row_can_be_looked_at_but_not_changed(
    model: type[AuditEntry | ApiCall | RecordEvent], staff: Client, told: None
) -> None:
    with across_tenants("test"):
        row = model.objects.all()[0]
    address = reverse(f"admin:audit_{model._meta.model_name}_change", args=[row.pk])
    page = staff.get(address)
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert staff.post(address, {"kind": "x"}).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_nothing_can_be_added(page: str, staff: Client) -> None:
    assert staff.get(reverse(f"admin:audit_{page}_add")).status_code == 403


def test_nothing_can_be_deleted(staff: Client, told: None) -> None:
    with across_tenants("test"):
        row = ApiCall.objects.all()[0]
    assert (
        staff.post(reverse("admin:audit_apicall_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    )


def test_bodies_are_nowhere(staff: Client, told: None) -> None:
    assert "nobody should read" not in changelist(staff, "payload")
    with across_tenants("test"):
        payload = Payload.objects.all()[0]
    address = reverse("admin:audit_payload_change", args=[b64encode(payload.pk).decode()])
    assert staff.get(address).status_code == 302
    assert staff.post(address, {"size": 1}).status_code == 403


def test_lists_narrow_to_a_tenant_and_a_time(staff: Client, told: None, acme: Tenant) -> None:
    html = changelist(staff, "recordevent", tenant=str(acme.pk), since="hour", kind__exact="observed")
    assert "acme-1" in html
    assert "globex-1" not in html
    assert "acme-1" not in changelist(staff, "recordevent", kind__exact="removed")


def test_a_tenant_that_is_none_is_an_answer_and_no_crash(staff: Client, told: None) -> None:
    response = staff.get(reverse("admin:audit_apicall_changelist"), {"tenant": "nonsense"})
    assert response.status_code == 302


def test_search_finds_whole_ids_and_the_vendors_words(staff: Client, told: None, acme: Tenant) -> None:
    with tenant_scope(acme):
        told_event, payload = RecordEvent.objects.get(), Payload.objects.get()
    assert "acme-1" in changelist(staff, "recordevent", q=str(told_event.link_id))
    assert "acme-1" not in changelist(staff, "recordevent", q=str(told_event.job_id))
    assert "/lists/" in changelist(staff, "apicall", q="acme")
    assert "/lists/" not in changelist(staff, "apicall", q="acm")
    assert str(payload) in changelist(staff, "payload", q=str(payload))
    assert str(payload) not in changelist(staff, "payload", q="zz")


@pytest.mark.parametrize(
    ("answer", "statuses"), [("ok", {200}), ("refused", {429}), ("failed", {503}), ("none", {0})]
)
def test_calls_narrow_to_how_they_went(answer: str, statuses: set[int], staff: Client, acme: Tenant) -> None:
    with tenant_scope(acme):
        record_calls(call(f"/status/{status}/", status=status) for status in (200, 429, 503, 0))
    html = changelist(staff, "apicall", answer=answer)
    assert {status for status in (200, 429, 503, 0) if f"/status/{status}/" in html} == statuses


def test_one_can_leaf_through_the_newest_thousand_only(staff: Client, acme: Tenant) -> None:
    with tenant_scope(acme):
        record_events(event(f"key-{number:04}", at=datetime.now(UTC)) for number in range(1050))
    assert "key-1049" in changelist(staff, "recordevent")
    assert "key-0050" in changelist(staff, "recordevent", p="10")
    assert staff.get(reverse("admin:audit_recordevent_changelist"), {"p": "11"}).status_code == 302
