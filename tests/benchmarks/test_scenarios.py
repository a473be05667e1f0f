"""Every benchmark plays to its end, at a size that takes seconds. What it measures is nobody's promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.workers import ROOT, database_url, kill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

PATIENCE = 150  # seconds; where that is not enough, nobody works on a run any more
SIZES = ("--customers", "60", "--orders", "60", "--calls", "40", "--rounds", "1")


def played(scenario: str, log: Path) -> dict[str, float]:
    """The figures of a scenario, played on this test's database and broker."""
    owner = urlsplit(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])
    product = {
        "DATABASE_URL": database_url(),
        "DATABASE_OWNER_URL": owner._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
    }
    command = [sys.executable, "-m", "benchmarks", "--only", scenario, "--json", *SIZES]
    with log.open("wb") as errors:
        bench = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **product},
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        printed, _ = bench.communicate(timeout=PATIENCE)
    finally:
        kill(bench)
    assert bench.returncode == 0, log.read_text(encoding="utf-8")[-3000:]
    (figures,) = json.loads(printed).values()
    assert isinstance(figures, dict)
    return figures


@pytest.mark.parametrize(
    "scenario", ["members", "orders", "syspro", "infor", "qad", "qad_items", "qad_orders"]
)
def test_a_scenario_moves_records_and_sends_none_without_need(scenario: str, tmp_path: Path) -> None:
    figures = played(scenario, tmp_path / "log")
    assert figures["first run, records written"] > 0
    assert figures["unchanged run, API calls"] > 0
    assert figures["unchanged run, write calls"] == 0
    assert figures.get("all touched but equal, write calls", 0) == 0
    assert figures["rows sent without need"] == 0
    assert 0 < figures["first run, share of time on the trail"] < 1
    assert figures["peak memory, MB"] > 0


def test_the_receiver_and_the_bare_view_store_every_call(tmp_path: Path) -> None:
    figures = played("webhooks", tmp_path / "log")
    assert figures["bare view, calls/s"] > 0
    assert figures["receiver, calls/s"] > 0
