"""Histograms and scatter plots as geometry; the template draws it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

WIDTH, HEIGHT = 320, 150
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 10, 24
BINS = 32
PLOT_LEFT, PLOT_RIGHT, PLOT_TOP, PLOT_BOTTOM = 44, 330, 10, 286
POINTS_AT_MOST = 1500


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Bar:
    """One bin: ``x``, ``y``, ``height`` in pixels, and what it holds in words."""

    x: float
    y: float
    height: float
    text: str


@dataclass(frozen=True)
class Histogram:
    """How a number is spread.

    Attributes:
        middle: where the median is, in pixels.
        note: what the axis does not say.
    """

    title: str
    bars: tuple[Bar, ...]
    bar_width: float
    ticks: tuple[Tick, ...]
    middle: float
    median: float
    count: int
    note: str
    width: int = WIDTH
    height: int = HEIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Scatter:
    """Two numbers of each image, as SVG paths of dots: ``right`` and ``wrong`` predictions."""

    title: str
    right: str
    wrong: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    shown: int
    count: int
    width: int = 340
    height: int = 330
    left: int = PLOT_LEFT
    right_edge: int = PLOT_RIGHT
    top: int = PLOT_TOP
    bottom: int = PLOT_BOTTOM


def histogram(title: str, values: Numbers, *, low: float, high: float) -> Histogram | None:
    """Count values (n,) in equal bins from ``low`` to ``high``; those beyond are counted in the last bins."""
    if not len(values):
        return None
    span = (high - low) or 1.0
    places = np.clip(((values - low) / span * BINS).astype(int), 0, BINS - 1)
    counts = np.bincount(places, minlength=BINS).tolist()
    middle = float(np.median(values))
    beyond = int((values > high).sum())
    return Histogram(
        title=title,
        bars=tuple(_bars(counts, low, span)),
        bar_width=round(_inner_width() / BINS - 1, 2),
        ticks=tuple(Tick(_x(low + span * part / 4, low, span), f"{low + span * part / 4:.3g}") for part in range(5)),
        middle=_x(min(max(middle, low), high), low, span),
        median=middle,
        count=len(values),
        note=f"{beyond} beyond {high:.3g}, counted in the last bar" if beyond else "",
    )


def scatter(title: str, x: Numbers, y: Numbers, *, right: npt.NDArray[np.bool_]) -> Scatter | None:
    """Dots for ``x`` and ``y`` (n,) from 0 to 1, an even selection of them where there are many.

    ``right`` (n,) tells those of right predictions.
    """
    if not len(x):
        return None
    step = math.ceil(len(x) / POINTS_AT_MOST)
    shown = list(zip(x[::step].tolist(), y[::step].tolist(), right[::step].tolist(), strict=True))
    ticks = [part / 4 for part in range(5)]
    return Scatter(
        title=title,
        right=_dots((across, up) for across, up, is_right in shown if is_right),
        wrong=_dots((across, up) for across, up, is_right in shown if not is_right),
        x_ticks=tuple(Tick(_across(value), f"{value:.2g}") for value in ticks),
        y_ticks=tuple(Tick(_up(value), f"{value:.2g}") for value in ticks),
        shown=len(shown),
        count=len(x),
    )


def _bars(counts: Sequence[int], low: float, span: float) -> list[Bar]:
    tallest = max(counts)
    bars = []
    for place, count in enumerate(counts):
        height = round(count / tallest * (HEIGHT - TOP - BOTTOM), 1)
        edges = f"{low + span * place / BINS:.3g} to {low + span * (place + 1) / BINS:.3g}"
        x = round(LEFT + place * _inner_width() / BINS, 1)
        bars.append(Bar(x, round(HEIGHT - BOTTOM - height, 1), height, f"{edges}: {count}"))
    return [bar for bar in bars if bar.height]


def _inner_width() -> int:
    return WIDTH - LEFT - RIGHT


def _x(value: float, low: float, span: float) -> float:
    return round(LEFT + (value - low) / span * _inner_width(), 1)


def _dots(points: Iterable[tuple[float, float]]) -> str:
    """A path of points: each a line of no length, drawn as a dot by round caps."""
    return "".join(f"M{_across(x)} {_up(y)}h0" for x, y in points)


def _across(x: float) -> float:
    return round(PLOT_LEFT + min(max(x, 0.0), 1.0) * (PLOT_RIGHT - PLOT_LEFT), 1)


def _up(y: float) -> float:
    return round(PLOT_BOTTOM - min(max(y, 0.0), 1.0) * (PLOT_BOTTOM - PLOT_TOP), 1)
