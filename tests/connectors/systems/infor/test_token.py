"""One token for everybody, and never more log-ins than the ration bears."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine

from connectors.sdk.auth import Token
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, ReconnectNeeded, RetryLater
from connectors.systems.infor.m3.client import M3Client, Transaction
from connectors.systems.infor.token import DAY, PER_MINUTE, RationedStore, revoke_token, shared_token
from tests.connectors.systems.accounts import MemoryTokens
from tests.connectors.systems.infor.environment import Environment, Maker

USER = Transaction("GetUserData")


def ask(m3: Environment, **settings: object) -> None:
    M3Client(m3.account(**settings)).read("MNS150MI", USER)


def issued(m3: Environment) -> int:
    return int(m3.state()["tokens"]["issued"])


def test_one_token_serves_many_workers_at_once(m3: Environment) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ask(m3), range(12)))
    assert issued(m3) == 1


def test_the_app_may_name_itself_in_the_body(environments: Maker) -> None:
    m3 = environments(body_client_auth=True)
    ask(m3, client_auth="body")
    assert issued(m3) == 1


def test_a_revoked_token_costs_one_log_in(m3: Environment) -> None:
    ask(m3)
    m3.sandbox.mutate("revoke_tokens")
    ask(m3)
    ask(m3)
    assert issued(m3) == 2


def test_a_refusal_that_a_new_token_does_not_help_asks_for_no_third(m3: Environment) -> None:
    ask(m3)
    m3.sandbox.faults.add("*/MNS150MI/*", "status", status=401, times=None)
    with pytest.raises(ReconnectNeeded):
        ask(m3)
    assert issued(m3) == 2


def test_wrong_credentials_are_said_at_once_and_tried_once(m3: Environment) -> None:
    m3.sandbox.mutate("set_secret", secret="another")
    with pytest.raises(ReconnectNeeded, match="service account") as refused:
        ask(m3)
    assert "not valid" in refused.value.text
    assert len(m3.sandbox.journal.calls(path="*/token.oauth2")) == 1


def test_a_deleted_app_is_told_apart_from_a_deleted_account(m3: Environment) -> None:
    m3.sandbox.mutate("set_client", enabled=False)
    with pytest.raises(ReconnectNeeded, match="does not accept the app") as refused:
        ask(m3)
    assert refused.value.code == "app_refused"


def test_an_unknown_scope_is_a_setting_to_correct(m3: Environment) -> None:
    with pytest.raises(ConfigProblem, match="scope"):
        ask(m3, scope="Infor-Everything")


def test_a_log_in_that_goes_unanswered_is_tried_again_later(m3: Environment) -> None:
    m3.sandbox.faults.add("*/token.oauth2", "status", status=503)
    with pytest.raises(RetryLater):
        ask(m3)
    ask(m3)
    assert issued(m3) == 1


def test_a_ration_used_up_by_others_is_waited_for(environments: Maker) -> None:
    m3 = environments(tokens_per_day=0)
    with pytest.raises(RetryLater, match="give each its own") as later:
        ask(m3)
    assert later.value.code == "tokens_rationed"
    assert later.value.after == 900


def test_beyond_the_ration_nobody_logs_in_whatever_happens(m3: Environment) -> None:
    for _ in range(3):
        ask(m3, log_ins_per_day=3)
        m3.sandbox.mutate("revoke_tokens")
    for _ in range(5):
        with pytest.raises(RetryLater, match="Work goes on by itself later") as later:
            ask(m3, log_ins_per_day=3)
        assert later.value.after is not None
        assert 0 < later.value.after <= DAY
    assert len(m3.sandbox.journal.calls(path="*/token.oauth2")) == 3


def test_failed_log_ins_count_too(m3: Environment) -> None:
    m3.sandbox.mutate("set_secret", secret="another")
    for _ in range(2):
        with pytest.raises(ReconnectNeeded):
            ask(m3, log_ins_per_day=2)
    with pytest.raises(RetryLater):
        ask(m3, log_ins_per_day=2)
    assert len(m3.sandbox.journal.calls(path="*/token.oauth2")) == 2


def test_the_ration_comes_back_with_time() -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        store = RationedStore(MemoryTokens(), per_day=2)
        store.spend()
        clock.shift(3600)
        store.spend()
        with pytest.raises(RetryLater) as later:
            store.spend()
        assert later.value.after == DAY - 3600
        clock.shift(DAY - 3600 + 1)
        store.spend()
        assert store.spent_today() == 2


def test_no_burst_of_log_ins_locks_the_tenant_out() -> None:
    with time_machine.travel(1_800_000_000, tick=False):
        store = RationedStore(MemoryTokens(), per_day=1000)
        for _ in range(PER_MINUTE):
            store.spend()
        with pytest.raises(RetryLater, match="a minute") as later:
            store.spend()
        assert later.value.after == 60


def test_a_token_ends_when_its_server_says_and_not_before() -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        store = RationedStore(MemoryTokens(), per_day=10)
        store.put(Token("abc", 7200), 0.9 * 7200)
        clock.shift(6479)
        assert store.current() == "abc"
        clock.shift(2)
        assert store.current() is None


def test_a_token_of_a_day_is_kept_for_most_of_it(environments: Maker) -> None:
    m3 = environments(expires_in=86_400)
    token = shared_token(m3.account())
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        first = token.token()
        clock.shift(20 * 3600)
        assert token.token() == first


def test_somebody_elses_drop_does_not_take_the_new_token() -> None:
    store = RationedStore(MemoryTokens(), per_day=10)
    store.spend()
    store.put(Token("new", 7200), 7200)
    store.drop("old")
    assert store.current() == "new"
    store.drop("new")
    assert store.current() is None
    assert store.spent_today() == 1


@pytest.mark.parametrize(
    "stored", ["", "abc", "{}", '{"token": 1}', "[]", '{"token": "x", "until": "soon", "log_ins": []}']
)
def test_what_the_store_cannot_mean_counts_as_nothing(stored: str) -> None:
    inner = MemoryTokens()
    inner.value = stored
    assert RationedStore(inner, per_day=1).current() is None


def test_disconnecting_ends_the_token(m3: Environment) -> None:
    ask(m3)
    revoke_token(m3.account())
    assert m3.state()["tokens"]["live"] == 0
    revoke_token(m3.account())
    assert m3.state()["tokens"]["revoked"] == 1


def test_no_secret_is_in_the_trail(m3: Environment) -> None:
    m3.sandbox.faults.add("*/MNS150MI/*", "status", status=503, message="Bearer eyJhbGciOi.x.y said no")
    with pytest.raises(OutcomeUnknown):
        M3Client(m3.account()).write("MNS150MI", USER)
    options = m3.sandbox.options
    told = repr(m3.calls)
    for secret in (options.client_secret, options.secret_key, options.access_key):
        assert secret not in told
