"""Refused credentials end everything at once, ended sessions end nothing, secrets stay inside."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from connectors.sdk.errors import ReconnectNeeded
from connectors.sdk.settings import is_secret
from connectors.sdk.system import Outcome, Stream, Written
from tests.connectors.conformance.case import Bench, Case, SinkCase, StreamCase
from tests.connectors.conformance.reading import fault_of, keys_of, run
from tests.connectors.conformance.writing import changes_of

SECRET_WORDS = ("password", "secret", "api_key", "access_token", "private")


def test_wrong_credentials_fail_the_ping_with_advice(bench: Bench) -> None:
    wrong = bench.case.wrong_credentials(bench)
    seen = bench.sandbox.journal.last
    failed = [check for check in bench.system(wrong).ping() if check.outcome is Outcome.FAILED]
    assert failed, "A ping with wrong credentials must have a FAILED check: it is what people look at first."
    assert len(failed) == 1, f"Stop at the first that fails, or people mend the wrong thing: {failed}"
    tried = bench.asked(seen, bench.case.log_ins)
    assert tried <= bench.case.most_log_ins + 1, (
        f"The ping tried wrong credentials {tried} times: going on with them only locks the account."
    )


def test_wrong_credentials_are_tried_once_and_then_a_person_is_asked(
    bench: Bench, fetched: StreamCase
) -> None:
    wrong = bench.case.wrong_credentials(bench)
    held = sorted(fetched.held(bench))[:2]
    acts: dict[str, Callable[[Stream[Any]], object]] = {"fetch": lambda stream: stream.fetch(held)}
    if not bench.case.system.streams[fetched.name].on_demand:
        acts["pages"] = lambda stream: list(stream.pages(None, bench.now()))
    for name, act in acts.items():
        seen, stream = bench.sandbox.journal.last, bench.stream(fetched, credentials=wrong)
        fault = fault_of(name, partial(act, stream))
        assert isinstance(fault, ReconnectNeeded), f"Refused credentials are ReconnectNeeded, not {fault!r}."
        tried = bench.asked(seen, bench.case.log_ins)
        assert tried <= bench.case.most_log_ins, (
            f"`{name}` tried wrong credentials {tried} times, {bench.case.most_log_ins} are allowed: vendors "
            "lock users. Raise ReconnectNeeded at the first refusal, whichever thread met it."
        )
        _hides(fault.text + fault.detail, _secrets(wrong), "the fault")


def test_wrong_credentials_write_nothing_and_ask_a_person(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    changes = changes_of(bench, sunk)
    wrong, seen = bench.case.wrong_credentials(bench), bench.sandbox.journal.last
    before = sunk.held(bench)
    sink = bench.system(wrong).sink(sunk.name)

    def act() -> list[Written]:
        sink.prepare()
        return list(sink.write(changes))

    assert isinstance(fault_of("write", act), ReconnectNeeded)
    assert bench.asked(seen, bench.case.log_ins) <= bench.case.most_log_ins, (
        "A batch must end at the first refusal: `one_by_one` lets ReconnectNeeded through, do not catch it."
    )
    assert sunk.held(bench) == before


def test_a_log_in_in_trouble_does_not_mean_wrong_credentials(
    bench: Bench, fetched: StreamCase, impatient: None
) -> None:
    held = sorted(fetched.held(bench))[:1]
    for status in (503, 500, 429):
        bench.sandbox.faults.add(bench.case.log_ins, "status", times=None, status=status)
        stream = bench.stream(fetched, credentials={})
        fault = fault_of("fetch", partial(stream.fetch, held))
        bench.sandbox.faults.clear()
        assert not isinstance(fault, ReconnectNeeded), (
            f"A log-in answered with {status}: that is the vendor's trouble, nobody has to enter anything."
        )


def test_a_session_that_ends_in_the_middle_is_renewed_and_nothing_is_lost(
    bench: Bench, read_with_session: StreamCase
) -> None:
    end = bench.case.end_session
    assert end
    whole = run(bench, read_with_session, small=True)
    for number in range(1, len(whole)):
        found = []
        for count, page in enumerate(bench.stream(read_with_session, small=True).pages(None, bench.now()), 1):
            found += [row.key for row in page.rows]
            if count == number:
                end(bench)
        assert found == keys_of(whole), (
            "Renew what a log-in gave as soon as it is refused, and ask the same again."
        )


def test_fetching_after_a_session_ended_is_not_noticed(bench: Bench, read_with_session: StreamCase) -> None:
    end = bench.case.end_session
    assert end
    stream, held = bench.stream(read_with_session), sorted(read_with_session.held(bench))[:2]
    for _ in range(3):
        assert sorted(row.key for row in stream.fetch(held).rows) == held
        end(bench)


def test_no_secret_leaves_the_http_layer(bench: Bench, fetched: StreamCase) -> None:
    account = bench.account()
    system = bench.case.system(account)
    held = sorted(fetched.held(bench))
    list(system.stream(fetched.name).pages(None, bench.now()))
    system.stream(fetched.name).fetch([*held[:2], f"{held[0][:-2]}~x"])
    issued = tuple(filter(None, [account.tokens.current()]))
    secrets = (*bench.secrets(), *issued)
    assert bench.calls, "Calls must go through `account.connect`, or the trail knows nothing of them."
    _hides(repr(bench.calls), secrets, "the trail of calls")
    _hides(json.dumps(bench.findings, default=str), secrets, "findings")
    for call in bench.calls:
        named = [key for key in held if len(key) > 3 and f"/{key}" in call.template]
        assert not named, f"{call.template} holds a key: use placeholders (`/customers/{{id}}`)."
    for shown in (account, account.settings, account.credentials, system, system.stream(fetched.name)):
        _hides(repr(shown), secrets, f"the repr of {type(shown).__name__}")


def test_an_answer_that_quotes_a_secret_is_redacted(bench: Bench, fetched: StreamCase) -> None:
    held = sorted(fetched.held(bench))[:1]
    for secret in bench.secrets():
        said = f"bad request by {secret}"
        bench.sandbox.faults.add(fetched.reads, "status", times=None, status=400, message=said)
        fault = fault_of("fetch", partial(bench.stream(fetched).fetch, held))
        bench.sandbox.faults.clear()
        _hides(fault.text + fault.detail, [secret], "the fault")
    _hides(repr(bench.calls), bench.secrets(), "the trail of calls")


def test_the_account_key_holds_no_secret(bench: Bench) -> None:
    account = bench.account()
    key = bench.case.system.account_key(account.settings, account.credentials)
    assert key, "Connections that share an account share its budget: name the account."
    assert key == bench.case.system.account_key(account.settings, account.credentials)
    _hides(key, bench.secrets(), "account_key")


def test_secrets_are_declared_as_such(case: Case) -> None:
    model = case.system.credentials_model
    assert case.secret_fields, "Name in the case which credentials are secret (`secret_fields`)."
    suspects = [name for name in model.model_fields if any(word in name for word in SECRET_WORDS)]
    for name in {*case.secret_fields, *suspects}:
        assert is_secret(model, name), f"`{name}` must be a SecretStr: masking and redaction come from that."
    for name in case.system.settings_model.model_fields:
        if any(word in name for word in SECRET_WORDS):
            assert is_secret(case.system.settings_model, name), f"`{name}` belongs into the credentials."


def _secrets(credentials: Any) -> list[str]:
    values = (
        getattr(value, "get_secret_value", lambda value=value: value)() for value in credentials.values()
    )
    return [value for value in values if isinstance(value, str) and len(value) > 5]


def _hides(shown: str, secrets: Any, where: str) -> None:
    for secret in secrets:
        assert secret not in shown, f"{where} shows a secret."
