"""Draws the leaderboard of a sweep."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

_CHOSEN, _OTHER, _TEST = "#b02a63", "#8fb3d9", "#1f2328"
_LONGEST_LABEL = 90


@dataclass(frozen=True)
class Bar:
    """One trial: accuracies between 0 and 1; ``test`` is shown, but played no part in the choice."""

    label: str
    validation: float
    test: float | None
    epochs: int


def leaderboard_png(bars: Sequence[Bar]) -> bytes:
    """Bars of validation accuracy, the best on top and highlighted; a dot where the test split was measured."""
    figure = Figure(figsize=(10, 1.3 + 0.3 * len(bars)), layout="constrained")
    axes = figure.add_subplot()
    places = range(len(bars))
    colours = [_CHOSEN, *[_OTHER] * (len(bars) - 1)]
    axes.barh(places, [bar.validation for bar in bars], color=colours, height=0.7, label="validation")
    tested = [(bar.test, place) for place, bar in enumerate(bars) if bar.test is not None]
    if tested:
        axes.plot(*zip(*tested, strict=True), "o", color=_TEST, markersize=4, label="test (not chosen by)")
    axes.set_yticks(places, [_short(bar.label) for bar in bars], fontsize=8)
    for place, bar in enumerate(bars):
        text = f"{bar.validation:.3f}, {bar.epochs} epoch{'s' if bar.epochs != 1 else ''}"
        axes.annotate(text, (0.005, place), va="center", fontsize=7, color="white" if place == 0 else "black")
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("accuracy")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower right", ncols=2, frameon=False, fontsize=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]}…"
