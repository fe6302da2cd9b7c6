"""Draws learning curves as lines, for the pages of trainings and models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.models.model import EpochMetrics

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28
TICKS = 4


@dataclass(frozen=True)
class Line:
    """One measured quantity: ``points`` as SVG wants them, ``last`` as its newest value."""

    name: str
    points: str
    dots: tuple[tuple[float, float], ...]
    last: float


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Lines over epochs, scaled into ``WIDTH`` by ``HEIGHT`` pixels."""

    title: str
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def learning_curves(history: Sequence[EpochMetrics]) -> list[Chart]:
    """Accuracy and loss over epochs, each for training and validation; nothing where nothing was measured."""
    accuracy = [(each.accuracy, each.validation_accuracy) for each in history]
    loss = [(each.loss, each.validation_loss) for each in history]
    epochs = [each.epoch for each in history]
    worst = max((value for pair in loss for value in pair if value is not None), default=1.0)
    charts = [_chart("Accuracy", epochs, accuracy, top=1.0), _chart("Loss", epochs, loss, top=worst)]
    return [chart for chart in charts if chart.lines]


def _chart(
    title: str, epochs: Sequence[int], pairs: Sequence[tuple[float | None, float | None]], *, top: float
) -> Chart:
    high = top if top > 0 else 1.0
    last_epoch = max(epochs, default=1)
    xs = [_x(epoch, last_epoch) for epoch in epochs]
    columns = (("training", [pair[0] for pair in pairs]), ("validation", [pair[1] for pair in pairs]))
    lines = tuple(line for name, values in columns if (line := _line(name, xs, values, high)))
    step = max(1, -(-last_epoch // 10))
    return Chart(
        title=title,
        lines=lines,
        x_ticks=tuple(Tick(_x(epoch, last_epoch), str(epoch)) for epoch in range(1, last_epoch + 1, step)),
        y_ticks=tuple(Tick(_y(high * n / TICKS, high), f"{high * n / TICKS:.2f}") for n in range(TICKS + 1)),
    )


def _line(name: str, xs: Sequence[float], values: Sequence[float | None], high: float) -> Line | None:
    dots = tuple((x, _y(value, high)) for x, value in zip(xs, values, strict=True) if value is not None)
    if not dots:
        return None
    last = next(value for value in reversed(values) if value is not None)
    return Line(name, " ".join(f"{x},{y}" for x, y in dots), dots, last)


def _x(epoch: int, last: int) -> float:
    share = (epoch - 1) / (last - 1) if last > 1 else 0.5
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(value: float, high: float) -> float:
    return round(HEIGHT - BOTTOM - min(max(value / high, 0.0), 1.0) * (HEIGHT - TOP - BOTTOM), 1)
