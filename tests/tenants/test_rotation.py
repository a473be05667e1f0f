"""`rotate_keys`: every secret under the new key, while others work, and again at will."""

from collections.abc import Iterator
from io import StringIO

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from tenants.models import Membership, User
from tenants.rotation import sealed_columns
from tests.tenants.conftest import Stored
from tests.tenants.vault import Vault

OLD = settings.FIELD_ENCRYPTION_KEY


@pytest.fixture
def both_keys(new_key: str) -> Iterator[str]:
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]):
        yield new_key


def run(**options: object) -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out, stderr=out, **options)
    return out.getvalue()


def under(key: str, token: str | None) -> bool:
    assert token
    return bool(Fernet(key).decrypt(token)) if key else False


def some(count: int) -> list[Vault]:
    return [Vault.objects.create(name=str(n), secret=f"secret {n}", other=f"other {n}") for n in range(count)]


def test_sealed_columns_are_found_by_looking() -> None:
    assert {(model, column.name) for model, column in sealed_columns()} >= {
        (Vault, "secret"),
        (Vault, "other"),
    }


def test_everything_is_sealed_with_the_first_key(stored: Stored, new_key: str) -> None:
    rows = [*some(5), Vault.objects.create(name="empty")]
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]):
        report = run(batch=2)
    assert "database.Vault.secret: 5 sealed anew, 0 current, 0 in use, 0 unreadable" in report
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key]):
        for row in Vault.objects.exclude(name="empty"):
            assert row.secret is not None
            assert row.other is not None
            assert (row.secret.reveal(), row.other.reveal()) == (f"secret {row.name}", f"other {row.name}")
    assert (stored.read(rows[-1]), stored.read(rows[-1], "other")) == (None, "")


def test_a_second_run_finds_nothing_to_do(vault: type[Vault], new_key: str, stored: Stored) -> None:
    rows = some(3)
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]):
        run()
        before = [stored.read(row) for row in rows]
        assert "database.Vault.secret: 0 sealed anew, 3 current" in run()
    assert [stored.read(row) for row in rows] == before


def test_a_run_goes_on_where_another_stopped(vault: type[Vault], new_key: str) -> None:
    some(2)
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]):
        run()
    some(3)
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]):
        assert "database.Vault.secret: 3 sealed anew, 2 current" in run(batch=1)


def test_a_dry_run_only_counts(stored: Stored, new_key: str) -> None:
    (row,) = some(1)
    before = stored.read(row)
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]):
        assert "database.Vault.secret: 1 to seal anew" in run(dry_run=True)
    assert stored.read(row) == before


def test_unreadable_rows_are_named_and_do_not_stop_the_rest(stored: Stored, new_key: str) -> None:
    rows = some(3)
    stored.write(rows[1], "gAAAA-garbage")
    out = StringIO()
    with (
        override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]),
        pytest.raises(CommandError, match="keep it in the list"),
    ):
        call_command("rotate_keys", stdout=out, stderr=out)
    assert "2 sealed anew, 0 current, 0 in use, 1 unreadable" in out.getvalue()
    assert str(rows[1].pk) in out.getvalue()
    assert stored.read(rows[1]) == "gAAAA-garbage"


@pytest.mark.django_db(transaction=True)
def test_rows_in_use_are_passed_over_and_reported(vault: type[Vault], new_key: str) -> None:
    rows = some(4)
    out = StringIO()
    with (
        psycopg.connect(**connection.get_connection_params()) as other,
        override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]),
    ):
        other.execute(
            "SELECT 1 FROM database_vault WHERE id = ANY(%s) FOR UPDATE", [[rows[1].pk, rows[3].pk]]
        )
        with pytest.raises(CommandError, match="run this again"):
            call_command("rotate_keys", batch=2, stdout=out, stderr=out)
    assert "database.Vault.secret: 2 sealed anew, 0 current, 2 in use, 0 unreadable" in out.getvalue()
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]):
        assert "database.Vault.secret: 2 sealed anew, 2 current, 0 in use" in run(batch=2)


def test_second_factors_move_too(acme: Membership, new_key: str) -> None:
    user = User.objects.get(pk=acme.user_id)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(user).get_unused_codes()
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key, *OLD]):
        assert "mfa.Authenticator.data: 2 sealed anew" in run()
        assert "mfa.Authenticator.data: 0 sealed anew, 2 current" in run()
    with override_settings(FIELD_ENCRYPTION_KEY=[new_key]):
        kept = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
        assert RecoveryCodes(kept).get_unused_codes() == codes
