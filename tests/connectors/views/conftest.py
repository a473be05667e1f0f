"""A tenant with both sandboxes connected, people of every role in it, and a stranger's tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from tenants.models import Membership, Role, Tenant, User
from tenants.scope import tenant_scope
from tenants.services import sign_up
from tests.worlds import World
from tests.worlds import world as new_world


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    """Connected and turned on; nothing has run yet."""
    with new_world() as made:
        made.connect()
        yield made


def member(tenant: Tenant, role: Role) -> Membership:
    """Somebody of that role."""
    user = User.objects.create_user(f"{role}@nordlicht.example", "a-long-password")
    with tenant_scope(tenant):
        return Membership.objects.create(user=user, role=role)


ClientOf = Callable[[Role], Client]


@pytest.fixture
def as_(scene: World) -> ClientOf:
    """A browser of somebody with that role."""

    def signed_in(role: Role) -> Client:
        client = Client()
        client.force_login(member(scene.tenant, role).user, "django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def stranger(transactional_db: None) -> Client:
    """The owner of another tenant."""
    client = Client()
    owner = sign_up(
        email="gil@globex.example", password="a-long-password", organisation="Globex", verified=True
    )
    client.force_login(owner.user, "django.contrib.auth.backends.ModelBackend")
    return client
