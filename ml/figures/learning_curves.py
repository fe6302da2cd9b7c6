"""Draws the learning curves of a training."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

_TRAINING, _VALIDATION, _MARK = "#2f6fb3", "#b02a63", "#626a73"


@dataclass(frozen=True)
class Curve:
    """One measure over the epochs 1, 2, …; None where it was not measured."""

    title: str
    training: Sequence[float | None]
    validation: Sequence[float | None]


def learning_curves_png(curves: Sequence[Curve], *, published: Sequence[int] = ()) -> bytes:
    """The curves side by side, training and validation in each, with a mark at the epochs that are published.

    ``published`` are the epoch whose weights they are, or all whose mean they are, in order.
    """
    figure = Figure(figsize=(5 * len(curves), 3.6), layout="constrained")
    for curve, axes in zip(curves, figure.subplots(1, len(curves), squeeze=False)[0], strict=True):
        _draw(axes, curve)
        _mark(axes, published)
        if axes.lines:
            axes.legend(frameon=False, fontsize=9)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def _mark(axes: Axes, published: Sequence[int]) -> None:
    if len(published) == 1:
        label = f"published: epoch {published[0]}"
        axes.axvline(published[0], color=_MARK, linewidth=0.8, linestyle="--", label=label)
    elif published:
        label = f"published: mean of epochs {published[0]} to {published[-1]}"
        axes.axvspan(published[0], published[-1], color=_MARK, alpha=0.15, linewidth=0, label=label)


def _draw(axes: Axes, curve: Curve) -> None:
    for name, values, colour in (
        ("training", curve.training, _TRAINING),
        ("validation", curve.validation, _VALIDATION),
    ):
        measured = [(epoch, value) for epoch, value in enumerate(values, start=1) if value is not None]
        if measured:
            axes.plot(
                *zip(*measured, strict=True), "o-", color=colour, markersize=3, label=f"{name} {measured[-1][1]:.3f}"
            )
    axes.set_title(curve.title, loc="left", fontsize=11)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#dedbd5", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
