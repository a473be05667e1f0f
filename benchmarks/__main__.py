"""`python -m benchmarks`: play the rounds, print the figures."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from benchmarks.play import Figures, play_members, play_orders  # noqa: E402  Django first


def main() -> int:
    """Parse, play, print."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=["members", "orders"])
    chosen = parser.parse_args()
    figures: dict[str, Any] = {}
    if chosen.only != "orders":
        small = _medians(
            [play_members(max(1000, chosen.customers // 10), say=_say) for _ in range(chosen.rounds)]
        )
        large = _medians([play_members(chosen.customers, say=_say) for _ in range(chosen.rounds)])
        large["peak memory, to that at a tenth"] = round(
            large["peak memory, MB"] / small["peak memory, MB"], 2
        )
        figures[f"members, {chosen.customers:,} customers"] = large
    if chosen.only != "members":
        figures[f"orders, {chosen.orders:,}"] = _medians(
            [play_orders(chosen.orders, say=_say) for _ in range(chosen.rounds)]
        )
    if chosen.json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    else:
        for title, table in figures.items():
            width = max(map(len, table))
            sys.stdout.write(f"\n{title} (median of {chosen.rounds})\n")
            sys.stdout.writelines(f"  {name.ljust(width)}  {value:>10,}\n" for name, value in table.items())
    return 0


def _medians(rounds: list[Figures]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]}


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
