"""Draws the pictures of ``docs/integrated-gradients.md``: ``python -m bench.explain.plots [FOLDER]``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.explain.adaptive_trace import Trace, traces
from bench.explain.path_profile import Floats, Profile
from bench.explain.ranking_by_size import COMPARED_SIZES, Settling, settling
from bench.explain.real_model import places_from_environment
from bench.explain.reference import Reference
from bench.explain.rules import GAUSS_LEGENDRE, RULES, SIZES, UNIFORM, relative_delta
from bench.explain.subject import Subject
from ml.attribution.integrated_gradients.adaptive_path import Accuracy, AdaptivePath

OURS = "refined by the map (ours)"
COLOURS = {
    UNIFORM: "#888888",
    GAUSS_LEGENDRE: "#5b8db8",
    "midpoints in t, α = t^1.5": "#b09060",
    "midpoints in t, α = t^2": "#7aa874",
    "midpoints in t, α = t^3": "#b48ead",
    OURS: "#c0392b",
}


def main() -> None:
    """Draw all of them."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    mpl.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "savefig.dpi": 110})
    subject = Subject(places_from_environment())
    rounds = traces(subject)
    _save(map_error_by_evaluations(subject.references, rounds), folder / "ig-map-error.png")
    _save(delta_by_evaluations(subject.references, rounds), folder / "ig-delta.png")
    _save(estimate_and_truth(rounds), folder / "ig-estimate.png")
    _save(where_the_slope_is(subject.references), folder / "ig-slope.png")
    _save(ranking_settles_first(settling(subject)), folder / "ig-ranking.png")


def map_error_by_evaluations(references: Sequence[Reference], rounds: Sequence[Trace]) -> Figure:
    """Median error of the map by each rule over its evaluations, with the middle half of the images."""
    figure, axes = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
    errors = np.stack([each.rule_errors for each in references])
    for row, name in enumerate(RULES):
        if name in COLOURS:
            _band(axes, np.asarray(SIZES, np.float64), errors[:, row], name)
    _band(axes, rounds[0].evaluations, np.stack([each.errors for each in rounds]), OURS)
    _finish(axes, f"error of the map, Σ|error| / Σ|map|, {len(references)} images")
    return figure


def delta_by_evaluations(references: Sequence[Reference], rounds: Sequence[Trace]) -> Figure:
    """Median |δ| of each rule over its evaluations, with the middle half of the images; ours refines by the map."""
    figure, axes = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
    for name, rule in RULES.items():
        if name in COLOURS:
            deltas = [[abs(relative_delta(rule, each, size)) for size in SIZES] for each in references]
            _band(axes, np.asarray(SIZES, np.float64), np.asarray(deltas), name)
    _band(axes, rounds[0].evaluations, np.stack([each.deltas for each in rounds]), OURS)
    _finish(axes, f"|δ| / |F(x) − F(x′)|, {len(references)} images")
    return figure


def estimate_and_truth(rounds: Sequence[Trace]) -> Figure:
    """The estimated error of each image's map after each round, over the true one."""
    figure, axes = plt.subplots(figsize=(4.8, 4.4), layout="constrained")
    for each in rounds:
        axes.plot(each.errors, each.estimates, ".-", color=COLOURS[OURS], alpha=0.35, markersize=3, linewidth=0.6)
    ends = np.array([0.005, 0.3])
    axes.plot(ends, ends, color="black", linewidth=0.8, label="estimate = truth")
    axes.plot(ends, ends / 1.25, color="black", linewidth=0.8, linestyle=":", label="truth = 1.25 estimates")
    axes.set(xscale="log", yscale="log", xlabel="true error of the map", ylabel="estimate")
    axes.legend(frameon=False)
    return figure


def where_the_slope_is(references: Sequence[Profile]) -> Figure:
    """The share of ∫|dF/dα| that lies below each α, and the first nodes."""
    figure, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
    shares = [_share_below(each) for each in references]
    for share in shares:
        axes.plot(references[0].alphas, share, color="#c9c9c9", linewidth=0.6)
    axes.plot(references[0].alphas, np.median(shares, axis=0), color=COLOURS[OURS], label="median")
    axes.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle=":", label="if it were spread evenly")
    first = AdaptivePath(Accuracy()).next_nodes()
    axes.plot(first, np.full(len(first), -0.03), "|", color="black", markersize=8, clip_on=False)
    axes.text(1.0, -0.02, "the first nodes", ha="right", va="bottom")
    axes.set(xlabel="α, from the baseline (0) to the image (1)", ylabel="share of ∫|dF/dα| below α", xlim=(0, 1))
    axes.legend(frameon=False, loc="center right")
    return figure


def ranking_settles_first(found: Settling) -> Figure:
    """How far the ranking of pixels and δ are from right, for the same midpoints."""
    figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
    sizes = np.asarray(COMPARED_SIZES, np.float64)
    _band(axes, sizes, np.abs(found.deltas), "|δ| / |F(x) − F(x′)|", colour="#888888")
    _band(axes, sizes, 1 - found.correlations, "1 − rank correlation of the pixels", colour="#5b8db8")
    _band(axes, sizes, found.errors, "error of the map, Σ|error| / Σ|map|", colour="#7aa874")
    axes.set(xscale="log", yscale="log", xlabel="uniform midpoints")
    axes.set_xticks(sizes, [str(size) for size in COMPARED_SIZES])
    axes.minorticks_off()
    axes.legend(frameon=False, loc="lower left")
    return figure


def _finish(axes: Axes, what: str) -> None:
    axes.axhline(0.05, color="black", linewidth=0.8, linestyle=":")
    axes.text(SIZES[0], 0.052, "5 %", va="bottom")
    axes.set(xscale="log", yscale="log", xlabel="gradient evaluations", ylabel=what)
    axes.set_xticks(SIZES[::2], [str(size) for size in SIZES[::2]])
    axes.minorticks_off()
    axes.legend(frameon=False, loc="lower left")


def _band(axes: Axes, places: Floats, values: npt.NDArray[np.float64], name: str, *, colour: str | None = None) -> None:
    """Median and middle half over the images, (images, places)."""
    shade = colour or COLOURS[name]
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    axes.fill_between(places, low, high, color=shade, alpha=0.15, linewidth=0)
    axes.plot(places, middle, color=shade, label=name, linewidth=2 if name == OURS else 1.4)


def _share_below(reference: Profile) -> Floats:
    sizes = np.abs(reference.slopes)
    steps = np.diff(reference.alphas) * (sizes[1:] + sizes[:-1]) / 2
    return np.concatenate([[0.0], np.cumsum(steps) / steps.sum()])


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path)
    plt.close(figure)
    print(path)


if __name__ == "__main__":
    main()
