"""Where the bars of a chart go: numbers in, coordinates out, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

Series = tuple[str, str, Sequence[int]]

HEIGHT = 100.0
STEP = 10.0
BAR = 7.0


@dataclass(frozen=True)
class Bar:
    """One coloured piece of one column, in the units of the chart's view box."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    title: str


def nice_ceiling(value: int) -> int:
    """The round number at or above a value that the scale ends at: 1, 2, 4, 5 or 8 times a power of ten."""
    if value <= 4:
        return 4
    power = int(f"1{'0' * (len(str(value)) - 1)}")
    return next(m * power for m in (1, 2, 4, 5, 8, 10) if m * power >= value)


def plot(labels: Sequence[str], series: Sequence[Series]) -> dict[str, object]:
    """Everything components/chart.html draws: bars, scale, legend and the table of the same numbers."""
    columns = [tuple(values[i] for _, _, values in series) for i in range(len(labels))]
    top = nice_ceiling(max((sum(column) for column in columns), default=0))
    return {
        "bars": [
            bar for i, column in enumerate(columns) for bar in stacked(i, labels[i], column, series, top)
        ],
        "width": f"{max(len(labels), 1) * STEP:g}",
        "scale": [top, top // 2, 0],
        "first": labels[0] if labels else "",
        "last": labels[-1] if labels else "",
        "legend": [(name, tone) for name, tone, _ in series],
        "rows": list(zip(labels, columns, strict=True)),
    }


def stacked(index: int, label: str, column: Sequence[int], series: Sequence[Series], top: int) -> list[Bar]:
    """The pieces of one column, the first series at the bottom."""
    bars = []
    below = 0
    for (name, tone, _), value in zip(series, column, strict=True):
        if value:
            height = HEIGHT * value / top
            y = HEIGHT - HEIGHT * below / top - height
            title = f"{label}: {value:,} {name.lower()}"
            x = index * STEP + (STEP - BAR) / 2
            bars.append(Bar(f"{x:g}", f"{y:.2f}", f"{BAR:g}", f"{height:.2f}", tone, title))
        below += value
    return bars
