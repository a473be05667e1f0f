"""`python -m benchmarks`: play the rounds, print the figures."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Sequence

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from benchmarks.hooks.play import play_webhooks  # noqa: E402  Django first
from benchmarks.play import Figures, play  # noqa: E402
from benchmarks.scenarios import SCENARIOS, Scenario  # noqa: E402

WEBHOOKS = "webhooks"
FULL_PAGE = 1000
"""Fewer records do not fill one page, and what a page takes is no growth."""


def main() -> int:
    """Parse, play, print."""
    chosen = _parser().parse_args()
    tables: dict[str, Figures] = {}
    for name in chosen.only or [*SCENARIOS, WEBHOOKS]:
        if name == WEBHOOKS:
            tables[f"Webhooks, {chosen.calls:,} calls"] = _medians(
                chosen.rounds, lambda: play_webhooks(chosen.calls, say=_say)
            )
        else:
            size = _size(SCENARIOS[name], chosen)
            tables[f"{SCENARIOS[name].title}, {size:,}"] = _played(SCENARIOS[name], size, chosen.rounds)
    if chosen.json:
        sys.stdout.write(json.dumps(tables, indent=2) + "\n")
    else:
        for title, table in tables.items():
            _print(f"{title} (median of {chosen.rounds})", table)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    names = [*SCENARIOS, WEBHOOKS]
    parser.add_argument("--only", action="append", choices=names, help="may be given several times")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=20_000, help="a tenth as many items")
    parser.add_argument("--calls", type=int, default=10_000, help="webhooks received, each way")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    return parser


def _size(scenario: Scenario, chosen: argparse.Namespace) -> int:
    sizes: dict[str, int] = {
        "customers": chosen.customers,
        "orders": chosen.orders,
        "items": chosen.orders // 10,
    }
    return sizes[scenario.counts]


def _played(scenario: Scenario, size: int, rounds: int) -> Figures:
    """With a tenth of the records, then with all: memory must not grow with them."""
    tenth = max(min(size, FULL_PAGE), size // 10)
    small = _medians(rounds, lambda: play(scenario, tenth, say=_say))
    large = small if tenth == size else _medians(rounds, lambda: play(scenario, size, say=_say))
    large["peak memory, to that at a tenth"] = round(large["peak memory, MB"] / small["peak memory, MB"], 2)
    return large


def _medians(rounds: int, one: Callable[[], Figures]) -> Figures:
    played = [one() for _ in range(rounds)]
    return {name: _rounded(statistics.median(figures[name] for figures in played)) for name in played[0]}


def _rounded(value: float) -> float:
    return round(value, 2 if abs(value) >= 1 else 4)


def _print(title: str, table: Figures) -> None:
    width = max(map(len, table))
    lines: Sequence[str] = [f"  {name.ljust(width)}  {value:>12,}\n" for name, value in table.items()]
    sys.stdout.writelines([f"\n{title}\n", *lines])


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
