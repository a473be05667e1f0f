"""Two tenants that must never meet, and a table of secrets."""

import re
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.db import connection, connections
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from tenants.models import Membership, Role, User
from tenants.scope import tenant_scope
from tenants.services import sign_up
from tests.tenants.vault import Vault


@pytest.fixture
def acme(db: None) -> Membership:
    return sign_up(email="ann@acme.example", password="a-long-password", organisation="Acme", verified=True)


@pytest.fixture
def globex(db: None) -> Membership:
    return sign_up(
        email="gil@globex.example", password="a-long-password", organisation="Globex", verified=True
    )


def join(owner: Membership, email: str, role: Role) -> Membership:
    """Somebody of that role in the owner's tenant."""
    user = User.objects.create_user(email, "a-long-password")
    with tenant_scope(owner.tenant_id):
        return Membership.objects.create(user=user, role=role)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def token_in_mail() -> str:
    found = re.search(r"http://testserver/invitations/([\w-]+)/", str(mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.fixture(scope="session")
def _vault_table(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock(), connections["owner"].schema_editor() as schema:
        schema.create_model(Vault)
    connections["owner"].close()


@pytest.fixture
def vault(_vault_table: None, db: None) -> Iterator[type[Vault]]:
    yield Vault
    Vault.objects.all().delete()


@pytest.fixture
def stored(vault: type[Vault]) -> "Stored":
    return Stored()


class Stored:
    """What the column really holds."""

    def read(self, row: Vault, column: str = "secret") -> str | None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM database_vault WHERE id = %s", [row.pk])  # noqa: S608
            kept: str | None = cursor.fetchone()[0]
            return kept

    def write(self, row: Vault, text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE database_vault SET secret = %s WHERE id = %s", [text, row.pk])


@pytest.fixture
def new_key() -> str:
    return Fernet.generate_key().decode()
