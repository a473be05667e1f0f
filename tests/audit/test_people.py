"""What people do in the room of tenants is written down, under their name."""

from django.db import transaction

from audit.models import AuditEntry
from audit.services import verify_chain
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tenants.signals import acted, report


def test_an_act_is_an_entry_of_the_tenant_it_concerns(acme: Tenant) -> None:
    ann = User.objects.create_user("ann@acme.example", "a-long-password")
    with transaction.atomic():
        report("role_changed", acme.pk, ann, member="bob@acme.example", before="viewer", after="admin")
    with tenant_scope(acme):
        entry = AuditEntry.objects.get()
    assert (entry.kind, entry.actor_kind, entry.actor_id) == ("role_changed", "person", str(ann.pk))
    assert entry.data["after"] == "admin"
    assert verify_chain(acme).ok


def test_support_staff_are_named_as_such(acme: Tenant) -> None:
    sue = User.objects.create_user("sue@support.example", "a-long-password")
    acted.send(sender=Tenant, kind="tenant_changed", tenant_id=acme.pk, actor=sue, data={"by_support": True})
    with tenant_scope(acme):
        assert AuditEntry.objects.get().actor_kind == "staff"


def test_nobody_is_the_system(acme: Tenant) -> None:
    report("tenant_founded", acme.pk, None)
    with tenant_scope(acme):
        assert AuditEntry.objects.get().actor_kind == "system"
