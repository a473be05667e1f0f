"""Rules of the house that no linter knows. Those about imports are contracts in pyproject.toml."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
ROOMS = ("mlconnector", "tenants", "audit", "connectors", "sandboxes", "tests", "benchmarks")
LONGEST = 400


@cache
def modules() -> dict[str, str]:
    """Every module's text by its path."""
    paths = [ROOT / "manage.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in paths
        if "migrations" not in path.parts
    }


def imports(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path for path, text in modules().items() if text.strip() and not ast.get_docstring(ast.parse(text))
    ]

    assert silent == []


def test_every_module_can_be_read_in_one_sitting() -> None:
    assert [path for path, text in modules().items() if len(text.splitlines()) > LONGEST] == []


def test_only_the_log_set_up_imports_logging() -> None:
    product = {path: text for path, text in modules().items() if not path.startswith("tests/")}
    using = [path for path, text in product.items() if "logging" in imports(text)]
    assert using == ["mlconnector/logging.py"]


def test_migrations_are_named_by_what_they_do() -> None:
    nameless = [
        path.name
        for room in ROOMS
        for path in (ROOT / room).glob("**/migrations/0*.py")
        if "_auto_" in path.name or path.stem[5:] in {"", "initial"}
    ]

    assert nameless == []


def test_every_package_that_a_contract_names_exists() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    named = {*contracts["root_packages"]}
    for contract in contracts["contracts"]:
        named |= {name for name in contract.get("source_modules", ()) if "*" not in name}
    missing = [
        name
        for name in sorted(named)
        if not (ROOT / name.replace(".", "/")).is_dir()
        and not (ROOT / f"{name.replace('.', '/')}.py").is_file()
    ]

    assert missing == []


def systems() -> list[str]:
    return [path.parent.name for path in sorted((ROOT / "connectors" / "systems").glob("*/__init__.py"))]


@pytest.mark.parametrize("file", ["README.md", "system.py"])
@pytest.mark.parametrize("system", systems())
def test_every_system_has_the_same_files(system: str, file: str) -> None:
    assert (ROOT / "connectors" / "systems" / system / file).is_file()


@pytest.mark.parametrize("system", systems())
def test_every_system_has_a_sandbox(system: str) -> None:
    assert (ROOT / "sandboxes" / system / "__init__.py").is_file()


def test_dependencies_are_locked_by_hash_and_name_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = [line for line in lock.splitlines() if "==" in line and not line.startswith((" ", "#"))]

    assert len(entries) > 50
    assert lock.count("--hash=sha256:") >= len(entries)
    assert "://" not in lock


def test_every_proof_the_integrations_name_exists() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", (ROOT / "docs" / "integrations.md").read_text("utf-8")))
    there = {name for text in modules().values() for name in re.findall(r"def (test_\w+)\(", text)}
    assert named - there == set()
    assert len(named) > 50
