"""Two clocks, one session for all workers, and a refusal nobody tries again."""

import threading
from dataclasses import dataclass, field

import pytest

from connectors.sdk.errors import ReconnectNeeded
from connectors.systems.qad.session import Grant, SharedSession
from tests.connectors.systems.accounts import MemoryTokens

MINUTE = 60.0


@dataclass
class Clockwork:
    """A session by a clock of its own; `log_ins` are the refresh tokens each log-in was given."""

    lives: float = 60 * MINUTE
    rests: float = 15 * MINUTE
    now: float = 1_000_000.0
    refuses: bool = False
    tokens: MemoryTokens = field(default_factory=MemoryTokens)
    log_ins: list[str] = field(default_factory=list)

    def worker(self, place: str = "here", *, renewable: bool = True) -> SharedSession:
        return SharedSession(
            self.tokens, place, self._log_in, lambda secret: {"Authorization": secret},
            renewable=renewable, now=lambda: self.now,
        )  # fmt: skip

    def _log_in(self, refresh: str) -> Grant:
        self.log_ins.append(refresh)
        if self.refuses:
            raise ReconnectNeeded("QAD did not accept user and password.")
        return Grant(f"token-{len(self.log_ins)}", self.lives, self.rests, f"refresh-{len(self.log_ins)}")


@pytest.fixture
def clock() -> Clockwork:
    return Clockwork()


def test_one_log_in_serves_every_worker(clock: Clockwork) -> None:
    workers = [clock.worker() for _ in range(8)]
    threads = [threading.Thread(target=worker.token) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {worker.token() for worker in workers} == {"token-1"}
    assert clock.log_ins == [""]


def test_a_session_in_use_lives_to_its_end_and_no_longer(clock: Clockwork) -> None:
    worker = clock.worker()
    for _ in range(10):
        assert worker.token() == "token-1"
        clock.now += 5 * MINUTE
    clock.now += 5 * MINUTE
    assert worker.token() == "token-2"


def test_a_session_at_rest_ends_long_before(clock: Clockwork) -> None:
    assert clock.worker().token() == "token-1"
    clock.now += 14 * MINUTE
    assert clock.worker().token() == "token-2"


def test_what_one_worker_uses_does_not_rest_for_the_others(clock: Clockwork) -> None:
    for _ in range(5):
        assert clock.worker().token() == "token-1"
        clock.now += 10 * MINUTE
    assert clock.log_ins == [""]


def test_the_store_is_not_written_for_every_call(clock: Clockwork) -> None:
    worker = clock.worker()
    for _ in range(100):
        worker.token()
        clock.now += 1
    assert clock.tokens.fetched == 1


def test_a_new_session_is_begun_with_the_refresh_token_of_the_one_before(clock: Clockwork) -> None:
    worker = clock.worker()
    assert worker.renew(worker.token())
    assert worker.token() == "token-2"
    assert clock.log_ins == ["", "refresh-1"]


def test_only_the_session_that_was_refused_is_given_up(clock: Clockwork) -> None:
    worker = clock.worker()
    old = worker.token()
    worker.renew(old)
    new = worker.token()
    assert worker.renew(old)
    assert worker.token() == new


def test_a_refused_log_in_is_tried_by_nobody_else(clock: Clockwork) -> None:
    clock.refuses = True
    with pytest.raises(ReconnectNeeded):
        clock.worker().token()
    for _ in range(5):
        with pytest.raises(ReconnectNeeded, match="We do not try again by ourselves"):
            clock.worker().token()
    assert len(clock.log_ins) == 1


def test_a_person_s_ping_tries_again_and_forgets_the_refusal(clock: Clockwork) -> None:
    clock.refuses = True
    with pytest.raises(ReconnectNeeded):
        clock.worker().token()
    clock.refuses = False
    assert clock.worker().begin_anew().secret == "token-2"
    assert clock.worker().token() == "token-2"


def test_where_every_call_carries_the_password_one_refusal_stops_all(clock: Clockwork) -> None:
    worker = clock.worker(renewable=False)
    assert not worker.renew(worker.token())
    with pytest.raises(ReconnectNeeded):
        clock.worker(renewable=False).token()
    assert len(clock.log_ins) == 1


def test_a_session_is_not_used_at_another_address(clock: Clockwork) -> None:
    assert clock.worker("production").token() == "token-1"
    assert clock.worker("test").token() == "token-2"


def test_what_an_older_version_left_in_the_store_is_ignored(clock: Clockwork) -> None:
    for left in ("a bare token", '{"other": 1}', "[]"):
        clock.tokens.value = left
        assert clock.worker().token().startswith("token-")
