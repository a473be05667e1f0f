"""What a person is told of a connection, and what the forms are made from."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

from connectors.sdk.ratelimit import Limits
from connectors.sdk.system import Outcome
from tests.connectors.conformance.case import Bench, Case
from tests.connectors.conformance.cases import CASES

_SENTENCES = re.compile(r"[.!?](?:\s+\S|$)")


def test_a_right_connection_passes(bench: Bench) -> None:
    checks = bench.ping()
    failed = [(check.name, check.text) for check in checks if check.outcome is Outcome.FAILED]
    assert not failed, "With right credentials nothing may fail: what is only odd is a warning."
    assert len(checks) >= 3, "Check step by step: address, log-in, then each thing that is read or written."


def test_every_check_says_what_it_saw_and_what_to_do(bench: Bench) -> None:
    tried = [*bench.ping(), *bench.ping(bench.case.wrong_credentials(bench))]
    for check in tried:
        assert check.name.strip()
        assert len(check.text) >= 8, f"{check.name} says {check.text!r}."
        assert check.text.rstrip().endswith((".", "!", "?")), f"{check.text!r} is no sentence."
        told = f"{check.text} {check.advice}".strip()
        assert check.outcome is Outcome.OK or len(_SENTENCES.findall(told)) >= 2, (
            f"{check.name} is {check.outcome} and says only {told!r}: add what to do about it (`advice`)."
        )
        assert not any(secret in told for secret in bench.secrets())
        assert check.milliseconds >= 0


def test_findings_are_json_and_the_same_twice(bench: Bench) -> None:
    first, second = (
        {name: value for check in bench.ping({}) for name, value in check.found.items()} for _ in range(2)
    )
    assert json.loads(json.dumps(first, allow_nan=False)) == first, "Findings are stored: plain JSON only."
    assert first.keys() == second.keys()


def test_a_ping_changes_nothing(bench: Bench) -> None:
    bench.ping()
    assert not bench.sandbox.journal.write_summary(), "A ping writes nothing: people ping whenever they like."


def test_a_dead_address_fails_with_advice(bench: Bench, impatient: None) -> None:
    bench.sandbox.faults.add(None, "status", status=503, times=None)
    checks = bench.ping()
    assert checks, "A ping says something, whatever happens."
    assert any(check.outcome is Outcome.FAILED for check in checks)


def test_a_ping_survives_every_answer(bench: Bench, impatient: None) -> None:
    for kind in ("html", "garbage", "cut", "timeout_before"):
        for nth in range(6):
            bench.sandbox.faults.add(None, kind, times=1, after=nth, seconds=0.05)
            bench.ping()  # whatever it says, it does not crash
            bench.sandbox.faults.clear()


def test_every_field_of_the_forms_explains_itself(case: Case) -> None:
    for model in (case.system.settings_model, case.system.credentials_model):
        for name, field in model.model_fields.items():
            assert field.title, f"{model.__name__}.{name} has no title: it is the label of its form field."
            assert field.description, f"{model.__name__}.{name} has no description: say where to find it."


def test_the_system_describes_itself(case: Case) -> None:
    system = case.system
    assert system.code == Path(inspect.getfile(system)).parent.name, "`code` is the name of the folder."
    assert system.name
    for name, stream in system.streams.items():
        assert stream.name == name, f"The stream listed as {name} calls itself {stream.name}."
    for name, sink in system.sinks.items():
        assert sink.name == name, f"The sink listed as {name} calls itself {sink.name}."
        assert sink.title, f"{name} needs a title: what people call its records."
        assert sink.batch_size >= 1


def test_the_budget_is_known(bench: Bench) -> None:
    limits = bench.case.system.limits(bench.account().settings)
    assert isinstance(limits, Limits)
    assert limits.concurrent >= 1


def test_the_readme_names_every_stream_and_sink(case: Case) -> None:
    readme = Path(inspect.getfile(case.system)).parent / "README.md"
    assert readme.exists(), f"Write {readme}: what is read and written, what to know before changing it."
    text = readme.read_text()
    unnamed = [name for name in (*case.system.streams, *case.system.sinks) if f"`{name}`" not in text]
    assert not unnamed, f"{readme} does not name {', '.join(unnamed)}."


def test_the_case_covers_every_stream_and_sink(case: Case) -> None:
    assert {spec.name for spec in case.streams} == set(case.system.streams), "A stream has no StreamCase."
    assert {spec.name for spec in case.sinks} == set(case.system.sinks), "A sink has no SinkCase."


def test_every_gap_that_is_known_names_a_check() -> None:
    folder = Path(__file__).parent
    checks = {
        name for file in folder.glob("test_*.py") for name in re.findall(r"def test_(\w+)", file.read_text())
    }
    for case in CASES:
        named = {name.partition("[")[0] for name in case.known}
        assert named <= checks, f"`known` of {case.name} names no check: {sorted(named - checks)}."
