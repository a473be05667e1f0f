"""Getting in, in each way a tenant may offer, and staying out once it has said no."""

from typing import Any

import pytest

from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RetryLater, SystemFault
from connectors.systems.qad.client import QadClient
from tests.connectors.systems.qad.tenant import Maker, Tenant

CUSTOMERS = "urn:browse:mfg:cm007"
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("oauth_body", {"token_transport": "body"}),
    ("oauth_query", {"token_transport": "query"}),
    ("basic", {}),
    ("cookie", {"cookie_failure": "page"}),
    ("cookie", {"cookie_failure": "redirect"}),
    ("cookie", {"cookie_failure": "401"}),
]


def rows(qad: Tenant, kind: str = "oauth_body", **settings: Any) -> int:
    client = QadClient(qad.account(session_kind=kind, **settings))
    return len(client.browse(CUSTOMERS, size=25))


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_every_kind_of_session_reads(tenants: Maker, kind: str, options: dict[str, Any]) -> None:
    assert rows(tenants(**options), kind) == 25


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_wrong_password_is_tried_exactly_once(tenants: Maker, kind: str, options: dict[str, Any]) -> None:
    qad = tenants(**options)
    qad.credentials["password"] = "not-the-password"
    for _ in range(5):
        with pytest.raises(ReconnectNeeded, match="ping again"):
            rows(qad, kind)
    assert qad.sandbox.access.user.failures == 1
    assert not qad.sandbox.access.user.locked


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_password_changed_in_the_middle_costs_one_failure(
    tenants: Maker, kind: str, options: dict[str, Any]
) -> None:
    qad = tenants(**options)
    rows(qad, kind)
    qad.sandbox.mutate("set_password", password="another-password")
    qad.sandbox.mutate("end_sessions")
    for _ in range(4):
        with pytest.raises(ReconnectNeeded):
            rows(qad, kind)
    assert qad.sandbox.access.user.failures == 1


@pytest.mark.parametrize("kind", ["oauth_body", "cookie"])
def test_an_ended_session_is_begun_anew_without_anybody_noticing(tenants: Maker, kind: str) -> None:
    qad = tenants()
    assert rows(qad, kind) == 25
    qad.sandbox.mutate("end_sessions")
    assert rows(qad, kind) == 25
    assert qad.sandbox.access.counts["bad_log_ins"] == 0


def test_an_idle_session_is_renewed_although_its_token_says_it_lives(qad: Tenant) -> None:
    rows(qad)
    qad.sandbox.clock.advance(20 * 60)
    assert rows(qad) == 25


def test_the_vendor_s_words_reach_the_person(qad: Tenant) -> None:
    qad.credentials["password"] = "not-the-password"
    with pytest.raises(ReconnectNeeded, match="Username or password is invalid, please try again"):
        rows(qad)


@pytest.mark.parametrize("status", [400, 401])
def test_an_unknown_client_id_is_no_matter_of_the_password(tenants: Maker, status: int) -> None:
    qad = tenants(invalid_client_status=status)
    with pytest.raises(ConfigProblem, match="does not know the client id"):
        rows(qad, client_id="somebody-else")
    assert qad.sandbox.access.user.failures == 0


def test_without_a_client_id_nothing_is_sent(qad: Tenant) -> None:
    with pytest.raises(ConfigProblem, match="needs a client id"):
        rows(qad, client_id="")
    assert qad.log_ins() == 0


def test_the_wrong_transport_is_told_apart_from_a_wrong_password(tenants: Maker) -> None:
    qad = tenants(token_transport="query")
    with pytest.raises(SystemFault) as caught:
        rows(qad, "oauth_body")
    assert isinstance(caught.value, ConfigProblem)
    assert qad.sandbox.access.user.failures == 0


def test_a_log_in_that_went_unanswered_is_not_sent_twice(qad: Tenant) -> None:
    qad.sandbox.faults.add("*/oauth/token", "status", status=503)
    with pytest.raises(RetryLater) as caught:
        rows(qad)
    assert caught.value.after == 60
    assert qad.log_ins() == 1


def test_the_password_stays_out_of_addresses_by_default(qad: Tenant) -> None:
    rows(qad)
    assert all(qad.sandbox.options.password not in call.query for call in qad.sandbox.journal.calls())


@pytest.mark.parametrize("kind", ["oauth_query", "cookie"])
def test_a_password_in_an_address_never_reaches_the_trail(tenants: Maker, kind: str) -> None:
    qad = tenants(token_transport="either")
    qad.sandbox.faults.add(None, "timeout_before", seconds=0)
    with pytest.raises(SystemFault) as caught:
        rows(qad, kind)
    told = repr(qad.calls) + caught.value.text + caught.value.detail
    assert "qad-sandbox-secret" not in told


def test_two_answers_of_401_are_enough(qad: Tenant) -> None:
    qad.sandbox.faults.add("*/browses", "status", status=401, times=None)
    with pytest.raises(ReconnectNeeded):
        rows(qad)
    assert len(qad.sandbox.journal.calls(path="*/browses")) == 2


def test_a_session_is_shared_by_systems_of_one_connection(qad: Tenant) -> None:
    for _ in range(4):
        rows(qad)
    assert qad.log_ins() == 1


def test_a_locked_user_is_told_to_a_person_and_left_alone(qad: Tenant) -> None:
    qad.sandbox.mutate("lock_user")
    for _ in range(3):
        with pytest.raises(ReconnectNeeded, match=r"neither locked nor expired|We do not try again"):
            rows(qad)
    assert qad.log_ins() == 1
