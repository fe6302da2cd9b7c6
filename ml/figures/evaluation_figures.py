"""Draws the figures of an evaluation: confusion matrix, reliability diagram, accuracy under corruption."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ml.evaluation.calibration import CalibrationError, reliability
from ml.evaluation.confusion import Matrix
from ml.evaluation.predictions import Predictions

Errors = Mapping[str, Mapping[int, float]]
Counts = NDArray[np.int64]

_DPI = 130
_SOFT, _STRONG, _ACCENT = "#8a8f98", "#2b2f36", "#b02a63"
_BLUE, _PALE, _PINK = "#2f6fb3", "#a9c8e8", "#e3a3bf"
_STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _SOFT,
    "axes.labelcolor": _STRONG,
    "xtick.color": _STRONG,
    "ytick.color": _STRONG,
}
# With more classes than the first number, cells show no counts; with more than the second, axes show no names.
_NUMBERED, _NAMED = 12, 40
# With more classes than this, a cell of the confusion matrix is a group of neighbouring ones: it has no more pixels.
_CELLS = 1000
# Cells with a larger share than this are dark, so their counts are written in white.
_DARK = 0.06
# The range of a panel's severity axis: 0 to 5, and room for a number after the last point.
_LEFT_EDGE, _RIGHT_EDGE = -0.3, 6.9
# An accuracy below this is written above its point: beside it, it would overlap the axis.
_NEAR_THE_AXIS = 0.06


def confusion_png(matrix: Matrix, names: Sequence[str]) -> bytes:
    """Rows are true classes, columns predictions; colour is the share of the row, empty cells are white."""
    counts, together = _cells(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    end = len(counts) * together - 0.5
    side = min(4.5 + 0.18 * len(names), 11)
    with mpl.rc_context(_STYLE):
        figure = Figure((side + 1, side), layout="constrained")
        axes = figure.add_subplot()
        colours = mpl.colormaps["magma_r"].with_extremes(bad="white")
        drawn = axes.imshow(
            np.ma.masked_equal(shares, 0),
            cmap=colours,
            norm=LogNorm(vmin=0.01, vmax=1),
            interpolation="nearest",
            extent=(-0.5, end, end, -0.5),
        )
        bar = figure.colorbar(drawn, ax=axes, shrink=0.7, ticks=[0.01, 0.1, 1])
        bar.ax.set_yticklabels(["1 %", "10 %", "100 %"])
        bar.set_label("share of the true class's images")
        bar.outline.set_visible(False)
        _name_classes(axes, names)
        if len(names) <= _NUMBERED:
            _write_counts(axes, counts, shares)
        each = f", in groups of {together} classes" if together > 1 else ""
        axes.set(xlabel=f"predicted{each}", ylabel=f"true{each}")
        axes.set_title(f"{int(matrix.diagonal().sum())} of {int(matrix.sum())} images on the diagonal", loc="left")
        return _png(figure)


def _cells(matrix: Matrix) -> tuple[Counts, int]:
    """The cells that are drawn, and how many classes each stands for, down and across."""
    together = -(-matrix.shape[0] // _CELLS)
    side = -(-matrix.shape[0] // together)
    cells, counts = matrix.tocoo(), np.zeros((side, side), np.int64)
    np.add.at(counts, (cells.row // together, cells.col // together), cells.data)
    return counts, together


def reliability_png(found: Predictions, error: CalibrationError | None) -> bytes:
    """Accuracy over confidence (a calibrated model follows the diagonal), and the distribution of confidences.

    Args:
        found: one entry per image.
        error: their calibration error; None where there are no images.
    """
    bins = reliability(found)
    used = [each for each in bins if each.images]
    width = bins[0].high - bins[0].low
    with mpl.rc_context(_STYLE):
        figure = Figure((5, 5.6), layout="constrained")
        upper, lower = figure.subplots(2, height_ratios=(4, 1), sharex=True)
        upper.plot([0, 1], [0, 1], color=_STRONG, linewidth=1, linestyle="--", label="calibrated", zorder=3)
        centres = [(each.low + each.high) / 2 for each in used]
        accuracy = np.array([each.accuracy for each in used], float)
        confidence = np.array([each.confidence for each in used], float)
        both, bar = np.minimum(accuracy, confidence), width * 0.92
        upper.bar(centres, both, bar, color=_BLUE)
        upper.bar(centres, accuracy - both, bar, bottom=both, color=_PALE, label="correct more often than sure")
        upper.bar(centres, confidence - both, bar, bottom=both, color=_PINK, label="surer than correct")
        upper.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="accuracy")
        upper.set_title(_calibration_title(error), loc="left", fontsize=9)
        upper.legend(frameon=False, loc="upper left")
        lower.bar(centres, [each.images for each in used], width * 0.92, color=_SOFT)
        lower.set(xlabel="confidence", ylabel="images")
        return _png(figure)


def _calibration_title(error: CalibrationError | None) -> str:
    if error is None:
        return "no images"
    low, high = error.interval_95
    return (
        f"Expected calibration error {100 * error.error:.1f} % (95 % interval {100 * low:.1f} to {100 * high:.1f} %)\n"
        f"A perfectly calibrated model of these {error.images} images: {100 * error.perfect:.1f} %"
    )


def robustness_png(errors: Errors, *, clean: float, baseline: Errors | None = None) -> bytes:
    """Accuracy over severity, one panel per corruption.

    Args:
        errors: share of wrong predictions by corruption and severity.
        clean: share of wrong predictions for the clean images.
        baseline: ``errors`` of the baseline model, drawn in grey.
    """
    with mpl.rc_context(_STYLE):
        return _png(robustness_figure(errors, clean=clean, baseline=baseline))


def robustness_figure(errors: Errors, *, clean: float, baseline: Errors | None = None) -> Figure:
    """The figure of ``robustness_png``, for saving in another format; the arguments are the same."""
    columns = min(5, len(errors))
    rows = -(-len(errors) // columns)
    figure = Figure((2.1 * columns + 0.6, 2.0 * rows + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, (name, by_severity) in zip(panels, errors.items(), strict=False):
        if baseline is not None:
            _draw_baseline(axes, baseline[name])
        _draw_corruption(axes, name, by_severity, clean)
    for axes in panels[len(errors) :]:
        axes.set_visible(False)
    if baseline is not None:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower right", frameon=False)
    figure.supxlabel("severity (0: as it is)", fontsize=9)
    figure.supylabel("accuracy", fontsize=9)
    return figure


def _draw_corruption(axes: Any, name: str, by_severity: Mapping[int, float], clean: float) -> None:
    severities = sorted(by_severity)
    accuracy = [1 - clean, *(1 - by_severity[severity] for severity in severities)]
    axes.plot([_LEFT_EDGE, severities[-1]], [1 - clean] * 2, color=_SOFT, linewidth=0.8, linestyle="--")
    axes.plot([0, *severities], accuracy, color=_ACCENT, marker="o", markersize=3.5, linewidth=1.6)
    # To the right of the last point, where no line crosses the number.
    axes.annotate(
        f"{100 * accuracy[-1]:.0f} %",
        (severities[-1], accuracy[-1]),
        (5, 0),
        textcoords="offset points",
        va="center" if accuracy[-1] > _NEAR_THE_AXIS else "bottom",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        zorder=2.3,  # over the grid, under the axis
    )
    axes.set(xlim=(_LEFT_EDGE, _RIGHT_EDGE), ylim=(0, 1.08), xticks=range(6), yticks=(0, 0.5, 1))
    axes.set_title(name, loc="left", fontsize=9, fontweight="bold")
    axes.grid(axis="y", color="#e4e2dd", linewidth=0.6)


def _draw_baseline(axes: Any, by_severity: Mapping[int, float]) -> None:
    severities = sorted(by_severity)
    accuracy = [1 - by_severity[severity] for severity in severities]
    axes.plot(severities, accuracy, color=_SOFT, marker="o", markersize=2.5, linewidth=1.2, label="baseline")


def _name_classes(axes: Any, names: Sequence[str]) -> None:
    if len(names) > _NAMED:
        return
    axes.set_xticks(
        range(len(names)), names, rotation=90 if len(names) > 6 else 30, ha="right" if len(names) <= 6 else "center"
    )
    axes.set_yticks(range(len(names)), names)


def _write_counts(axes: Any, counts: Counts, shares: np.ndarray[Any, Any]) -> None:
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if shares[row, column] > _DARK else _STRONG
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
