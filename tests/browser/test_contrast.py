"""Every pair of colours that carries words or marks a control is readable, by day and night (WCAG AA)."""

import re
from pathlib import Path

import pytest

STYLESHEET = Path(__file__).resolve().parents[2] / "static" / "app.css"
TONES = ("ok", "waiting", "attention", "failed", "off")
GROUNDS = ("paper", "surface", "sunken")
TEXT = 4.5
CONTROL = 3.0

PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "soft", "accent", "accent-deep") for ground in GROUNDS],
    *[(tone, ground, TEXT) for tone in TONES for ground in ("paper", "surface", f"{tone}-tint")],
    *[("ink", f"{tone}-tint", TEXT) for tone in TONES],
    *[("accent", f"{tone}-tint", TEXT) for tone in TONES],  # links in a notice
    *[("soft", f"{tone}-tint", TEXT) for tone in TONES],
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-deep", TEXT),
    ("on-failed", "failed", TEXT),
    ("accent-deep", "accent-tint", TEXT),
    ("ink", "accent-tint", TEXT),
    *[("line-strong", ground, CONTROL) for ground in GROUNDS],
    *[("accent", ground, CONTROL) for ground in ("off-tint", *GROUNDS)],
]


def colours(scheme: int) -> dict[str, str]:
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", STYLESHEET.read_text())
    return {name: pair[scheme] for name, *pair in found}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_colours_is_readable(scheme: int) -> None:
    palette = colours(scheme)
    weak = [
        f"{ink} on {ground}: {contrast(palette[ink], palette[ground]):.2f}, needs {least}"
        for ink, ground, least in PAIRS
        if contrast(palette[ink], palette[ground]) < least
    ]
    assert weak == []


def test_black_on_white_is_the_strongest_contrast_there_is() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
