"""Each trap of the encrypted column, closed."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import checks
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import IntegrityError, models, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Concat, Upper
from django.test import override_settings
from encrypted_model_fields.fields import get_crypter

from tenants.fields import Sealed, SealedTextField, SealedValueUnreadable
from tests.tenants.conftest import Stored
from tests.tenants.vault import SECRET, Vault, column, reveal


def keys(*values: str) -> Any:
    return override_settings(FIELD_ENCRYPTION_KEY=list(values))


# --- at rest ---


@pytest.mark.parametrize("text", [SECRET, "naïve ✓ 秘密", "a:b:c\nd", " spaces ", "x" * 40_000])
def test_what_is_stored_is_ciphertext_and_opens_to_the_same_text(stored: Stored, text: str) -> None:
    row = Vault.objects.create(secret=text)
    kept = stored.read(row)
    assert kept is not None
    assert text not in kept
    assert kept.startswith("gAAAA")
    assert reveal(row) == text


def test_the_same_text_is_never_stored_alike(stored: Stored) -> None:
    assert stored.read(Vault.objects.create(secret=SECRET)) != stored.read(
        Vault.objects.create(secret=SECRET)
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_empty_means_not_set(stored: Stored, nothing: str | None) -> None:
    row = Vault.objects.create(secret=nothing, other=nothing)
    assert (stored.read(row), stored.read(row, "other")) == (None, "")
    again = Vault.objects.get(pk=row.pk)
    assert again.secret is None
    assert again.other is None


def test_saving_again_keeps_the_ciphertext(stored: Stored) -> None:
    row = Vault.objects.create(secret=SECRET)
    before = stored.read(row)
    again = Vault.objects.get(pk=row.pk)
    again.name = "renamed"
    again.save()
    again.refresh_from_db()
    assert stored.read(row) == before
    assert reveal(row) == SECRET


def test_a_deferred_secret_is_fetched_when_asked_for(vault: type[Vault]) -> None:
    row = Vault.objects.create(secret=SECRET)
    sealed = Vault.objects.defer("secret").get(pk=row.pk).secret
    assert sealed is not None
    assert sealed.reveal() == SECRET


# --- unreadable ---


def test_a_wrong_key_raises_with_advice_instead_of_giving_ciphertext(
    vault: type[Vault], new_key: str
) -> None:
    row = Vault.objects.create(secret=SECRET)
    with (
        keys(new_key),
        pytest.raises(SealedValueUnreadable, match=r"database\.Vault\.secret .* FIELD_ENCRYPTION_KEYS"),
    ):
        reveal(row)


def test_saving_under_a_wrong_key_does_not_seal_the_ciphertext_again(
    vault: type[Vault], new_key: str
) -> None:
    row = Vault.objects.create(secret=SECRET)
    with keys(new_key):
        again = Vault.objects.get(pk=row.pk)
        again.name = "renamed"
        again.save()
        Vault.objects.bulk_update([again], ["secret"])
    assert reveal(row) == SECRET


def test_one_unreadable_row_does_not_hide_the_others(vault: type[Vault], stored: Stored) -> None:
    rows = [Vault.objects.create(secret=SECRET) for _ in range(2)]
    stored.write(rows[0], "gAAAA-garbage")
    assert len(Vault.objects.all()) == 2
    with pytest.raises(SealedValueUnreadable):
        reveal(rows[0])
    assert reveal(rows[1]) == SECRET


@pytest.mark.parametrize("plain", ["typed into psql", "pässwörd", "{}"])
def test_plain_text_in_the_column_raises(stored: Stored, plain: str) -> None:
    row = Vault.objects.create(secret=SECRET)
    stored.write(row, plain)
    with pytest.raises(SealedValueUnreadable, match="never sealed") as caught:
        reveal(row)
    assert plain not in str(caught.value)


def test_a_ciphertext_copied_from_another_row_does_not_open(stored: Stored) -> None:
    victim, thief = Vault.objects.create(secret=SECRET), Vault.objects.create(secret="mine")
    stored.write(thief, str(stored.read(victim)))
    with pytest.raises(SealedValueUnreadable, match="another row"):
        reveal(thief)
    thief.secret = victim.secret
    thief.save()
    with pytest.raises(SealedValueUnreadable, match="another row"):
        reveal(thief)


def test_a_token_of_our_key_that_was_made_elsewhere_does_not_open(stored: Stored) -> None:
    row = Vault.objects.create(secret=SECRET)
    stored.write(row, get_crypter().encrypt(b"no row in here").decode())
    with pytest.raises(SealedValueUnreadable):
        reveal(row)


# --- input ---


def test_input_that_looks_like_ciphertext_is_not_decrypted(stored: Stored) -> None:
    token = str(stored.read(Vault.objects.create(secret=SECRET)))
    row = Vault.objects.create(secret=token)
    assert stored.read(row) != token
    assert reveal(row) == token
    assert column("secret").to_python(token) == token


@pytest.mark.parametrize("wrong", [b"bytes", 5, {"a": 1}])
def test_only_text_is_taken(wrong: Any) -> None:
    with pytest.raises(FieldError, match="takes text"):
        Vault(secret=wrong)


# --- writing by other ways ---


def test_bulk_create_and_bulk_update_seal(stored: Stored) -> None:
    rows = Vault.objects.bulk_create([Vault(secret=f"{SECRET}-{n}") for n in range(3)])
    assert [reveal(row) for row in rows] == [f"{SECRET}-{n}" for n in range(3)]
    for row in rows:
        row.secret = f"changed-{row.pk}"
    rows[2].secret = None
    Vault.objects.bulk_update(rows, ["secret", "other"])
    assert [reveal(row) for row in rows[:2]] == [f"changed-{row.pk}" for row in rows[:2]]
    assert str(stored.read(rows[0])).startswith("gAAAA")
    assert (stored.read(rows[2]), stored.read(rows[2], "other")) == (None, "")


def test_an_upsert_seals(vault: type[Vault]) -> None:
    row = Vault.objects.create(secret=SECRET)
    row.secret = "changed"
    Vault.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["secret"])
    assert reveal(row) == "changed"


def test_value_is_sealed_on_an_object(stored: Stored) -> None:
    row = Vault.objects.create(secret=Value(SECRET))
    assert SECRET not in str(stored.read(row))
    assert reveal(row) == SECRET


@pytest.mark.parametrize(
    "expression",
    [
        SECRET,
        Value(SECRET),
        Value(SECRET, output_field=SealedTextField()),
        Value(SECRET, output_field=models.TextField()),
        F("name"),
        F("other"),
        Upper("name"),
        Concat("name", Value("x")),
        Case(When(name="x", then=Value("y")), default=F("name")),
        Case(When(name="x", then=F("name"))),
    ],
)
def test_a_query_that_would_write_unsealed_text_is_refused(stored: Stored, expression: Any) -> None:
    row = Vault.objects.create(secret=SECRET, name="x")
    before = stored.read(row)
    with pytest.raises(FieldError, match=r"save\(\) or bulk_update\(\)"), transaction.atomic():
        Vault.objects.update(secret=expression)
    assert stored.read(row) == before


def test_an_expression_on_an_object_is_refused() -> None:
    with pytest.raises(FieldError, match="takes text"):
        Vault(secret=F("name"))


def test_a_query_may_clear(stored: Stored) -> None:
    row = Vault.objects.create(secret=SECRET, other=SECRET)
    Vault.objects.update(secret=None, other=None)
    assert (stored.read(row), stored.read(row, "other")) == (None, "")


# --- searching ---


@pytest.mark.parametrize(
    "lookup", ["", "__exact", "__in", "__contains", "__startswith", "__gt", "__regex", "__iexact"]
)
def test_searching_is_refused(vault: type[Vault], lookup: str) -> None:
    value = [SECRET] if lookup == "__in" else SECRET
    with pytest.raises(FieldError, match="cannot be searched"):
        Vault.objects.filter(**{f"secret{lookup}": value})
    with pytest.raises(FieldError):
        Vault.objects.exclude(**{f"secret{lookup}": value})


def test_transforms_and_get_or_create_are_refused(vault: type[Vault]) -> None:
    with pytest.raises(FieldError):
        Vault.objects.filter(secret__lower="x")
    with pytest.raises(FieldError):
        Vault.objects.get_or_create(secret=SECRET)


def test_isnull_works(vault: type[Vault]) -> None:
    full, empty = Vault.objects.create(secret=SECRET), Vault.objects.create()
    assert list(Vault.objects.filter(secret__isnull=False)) == [full]
    assert list(Vault.objects.filter(secret__isnull=True)) == [empty]


# --- keys ---


def test_the_first_key_seals_and_all_open(vault: type[Vault], new_key: str) -> None:
    old_key = Fernet.generate_key().decode()
    with keys(old_key):
        old = Vault.objects.create(secret=SECRET)
    with keys(new_key, old_key):
        assert reveal(old) == SECRET
        new = Vault.objects.create(secret=SECRET)
    with keys(new_key):
        assert reveal(new) == SECRET
        with pytest.raises(SealedValueUnreadable):
            reveal(old)


def test_keys_are_read_when_needed(vault: type[Vault], new_key: str) -> None:
    row = Vault.objects.create(secret=SECRET)
    with keys(new_key):
        again = Vault.objects.create(secret=SECRET)
        assert reveal(again) == SECRET
    assert reveal(row) == SECRET
    with pytest.raises(SealedValueUnreadable):
        reveal(again)


@pytest.mark.parametrize("wrong", [[], ["too short"], None])
def test_missing_or_malformed_keys_are_named(wrong: Any) -> None:
    with override_settings(FIELD_ENCRYPTION_KEY=wrong), pytest.raises(ImproperlyConfigured):
        Vault(secret=SECRET)


# --- declaration ---


class Broken(models.Model):
    secret = SealedTextField(unique=True)

    class Meta:
        app_label = "database"
        managed = False

    def __str__(self) -> str:
        return "broken"


def test_declarations_that_cannot_work_are_refused() -> None:
    assert {error.id for error in column("secret", Broken).check()} >= {
        "tenants.E001",
        "tenants.E002",
    }
    assert not [e for e in column("secret").check() if e.level >= checks.ERROR]
    with pytest.raises(FieldError, match="needs its id"):
        Broken(secret=SECRET)


def test_a_migration_names_our_field() -> None:
    _, path, _, options = column("other").deconstruct()
    assert (path, options) == ("tenants.fields.SealedTextField", {"blank": True})


def test_a_required_secret_cannot_be_forgotten(vault: type[Vault]) -> None:
    assert isinstance(Vault(secret=SECRET).secret, Sealed)
    with pytest.raises(IntegrityError), transaction.atomic():
        Vault.objects.create(id=Vault.objects.create().pk)
