"""Tests that commit leave no trace, whatever they did. The order of this module's tests matters."""

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, connections

from tenants.models import User
from tests.database import cleaning

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def untouched() -> tuple[int, list[tuple[int, str]]]:
    return User.objects.count(), list(ContentType.objects.order_by("pk").values_list("pk", "model"))


@pytest.fixture(scope="module")
def seen() -> list[object]:
    return []


def test_first_everything_is_disturbed(untouched: object, seen: list[object]) -> None:
    seen.append(untouched)
    User.objects.create(email="ann@acme.example")
    ContentType.objects.order_by("pk").last().delete()  # type: ignore[union-attr]
    ContentType.objects.create(app_label="new", model="thing")


def test_then_everything_is_as_the_migrations_left_it(untouched: object, seen: list[object]) -> None:
    assert untouched == seen[0]


def test_new_rows_get_numbers_that_were_not_used() -> None:
    numbers = set(ContentType.objects.values_list("pk", flat=True))

    assert ContentType.objects.create(app_label="new", model="thing").pk not in numbers


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_append_only_tables_are_emptied_and_stay_append_only() -> None:
    with psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True) as owner:
        owner.execute("CREATE TABLE stone (id int)")
        try:
            owner.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'append only'; END $$"
            )
            owner.execute("CREATE TRIGGER stay BEFORE TRUNCATE ON stone EXECUTE FUNCTION refuse()")
            owner.execute(
                "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON stone FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
            cleaner = cleaning.Cleaner(owner, seed="seed_of_this_test")
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO stone VALUES (1)")

            cleaner.clean()

            assert owner.execute("SELECT count(*) FROM stone").fetchone() == (0,)
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO stone VALUES (2)")
                with pytest.raises(DatabaseError, match="append only"):
                    cursor.execute("DELETE FROM stone")
        finally:
            owner.execute("DROP TABLE stone; DROP FUNCTION refuse; DROP SCHEMA seed_of_this_test CASCADE")
