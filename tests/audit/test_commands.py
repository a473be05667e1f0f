"""What an operator is told when asking whether the trail is whole."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.backends.utils import CursorWrapper

from tenants.models import Tenant
from tests.audit.conftest import grow, make_tenant


def verify(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def test_whole_chains_are_reported_one_per_line(acme: Tenant, globex: Tenant) -> None:
    grow(acme, 2)
    said, status = verify()
    assert status == 0
    assert [line.split(", head")[0] for line in said.splitlines()] == [
        "ok acme: 2 entries, 8 rows",
        "ok globex: 0 entries, 0 rows",
    ]


def test_one_tenant_is_found_by_name_or_id(acme: Tenant, globex: Tenant) -> None:
    for wanted in ("acme", str(acme.pk)):
        said, _ = verify("--tenant", wanted)
        assert said.startswith("ok acme")
        assert "globex" not in said
    with pytest.raises(CommandError, match="nobody"):
        verify("--tenant", "nobody")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_break_is_named_and_the_status_is_one(
    tamper: Callable[[], AbstractContextManager[CursorWrapper]],
) -> None:
    acme = make_tenant("Acme")
    entries = grow(acme, 3)
    with tamper() as cursor:
        cursor.execute("UPDATE audit_entry SET kind = 'x' WHERE seq = 2")
    said, status = verify()
    assert status == 1
    assert f"at no. 2 (entry {entries[1].id}): This entry was altered." in said
    said, status = verify("--json")
    document: dict[str, Any] = json.loads(said)
    assert (status, document["ok"], document["tenants"][0]["broken"]["seq"]) == (1, False, 2)


def test_json_says_where_the_chain_ends(acme: Tenant) -> None:
    last = grow(acme, 2)[-1]
    document = json.loads(verify("--json")[0])
    assert document["ok"] is True
    assert (
        document["tenants"][0] | {"head_hash": bytes(last.hash).hex(), "head_seq": 2}
        == document["tenants"][0]
    )
