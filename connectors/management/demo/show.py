"""Showing runs on a terminal: a table of what they came to, and a line that moves while they work."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from connectors.models import SyncRun
from connectors.services.runs import Progress, progress

COLUMNS = ("read", "created", "updated", "unchanged", "skipped", "rejected")


def row_of(run: SyncRun) -> dict[str, Any]:
    """A run as the documents of `demo --json` show it."""
    return {
        "integration": run.job.integration.name,
        "job": run.job.flow.code,
        **{name: getattr(run, name) for name in (*COLUMNS, "conflict", "removed", "pending")},
        "api_calls": run.api_calls,
        "seconds": round(run.seconds, 2),
    }


def table(runs: Sequence[SyncRun]) -> str:
    """One line per run, figures under each other."""
    heads = ("integration", "job", *COLUMNS, "pending", "calls", "seconds", "")
    rows = [
        (
            run.job.integration.name,
            run.job.flow.title,
            *(f"{getattr(run, name):,}" for name in (*COLUMNS, "pending", "api_calls")),
            f"{run.seconds:.1f}",
            run.get_verdict_display() or run.get_state_display(),
        )
        for run in runs
    ]
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    lines = []
    for row in (heads, *rows):
        cells = [
            text.ljust(width) if i in {0, 1, len(heads) - 1} else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def moving(run: SyncRun) -> str:
    """Where a run stands, in one line."""
    return _line(progress(run))


def follow(run: SyncRun, *, out: TextIO = sys.stdout, every: float = 0.5) -> SyncRun:
    """Show a run until it ends: rewriting one line on a terminal, now and then a line elsewhere."""
    live, last = out.isatty(), 0.0
    for step in _steps(run, every):
        line = _line(step)
        if live:
            out.write(f"\r\x1b[K{line}")
            out.flush()
        elif time.monotonic() - last > 5:  # seconds between lines of a log
            out.write(line + "\n")
            out.flush()
            last = time.monotonic()
    run = _fresh(run)
    out.write(("\r\x1b[K" if live else "") + _line(progress(run)) + "\n")
    out.flush()
    return run


def _steps(run: SyncRun, every: float) -> Iterator[Progress]:
    while run.is_open:
        yield progress(run)
        time.sleep(every)
        run = _fresh(run)


def _fresh(run: SyncRun) -> SyncRun:
    return SyncRun.objects.select_related("job__integration").get(pk=run.pk)


def _line(step: Progress) -> str:
    run = step.run
    total = f"{step.total:,}" if step.total is not None else "?"
    share = min(1.0, step.done / step.total) if step.total else 0.0
    bar = "█" * round(20 * share) + "░" * (20 - round(20 * share))
    left = f", {step.seconds_left:.0f} s left" if step.seconds_left is not None and run.is_open else ""
    state = run.get_verdict_display() if not run.is_open else run.waiting_text or run.get_state_display()
    return (
        f"{run.job.flow.title[:26]:26} {bar} {step.done:>7,} of {total:<7} {step.per_second:6.0f}/s"
        f"  {run.api_calls:,} calls{left}  {state}"
    )
