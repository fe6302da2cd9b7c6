"""Says what of two jobs could not be compared, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobs.results.evaluation.evaluation_totals import BACKGROUND
from workers.kinds.compare.condition_changes import (
    same_backgrounds,
    same_draws,
    shared_conditions,
    unshared_conditions,
)
from workers.kinds.compare.map_agreements import AgreementByImage
from workers.kinds.compare.measure_changes import same_protocol
from workers.kinds.compare.side import Side
from workers.kinds.compare.two_sides import TwoSides


def left_out(sides: TwoSides, agreements: Sequence[AgreementByImage]) -> tuple[str, ...]:
    """One sentence for each reason."""
    return (*_of_predictions(sides), *_of_maps(sides, agreements), *_of_conditions(sides))


def _of_predictions(sides: TwoSides) -> Iterator[str]:
    if not sides.judged.any():
        yield f"No image is judged by both jobs, so nothing is called fixed or broken. {_why_unjudged(sides)}"
    if sides.classes.note:
        yield sides.classes.note
    for which, side in _named(sides):
        if side.failed.any():
            yield f"{int(side.failed.sum())} of the images failed in the {which} job and are compared in nothing."


def _of_maps(sides: TwoSides, agreements: Sequence[AgreementByImage]) -> Iterator[str]:
    for one in agreements:
        if not one.compared.any():
            yield f"Maps of {' and '.join(dict.fromkeys(one.pair))} are not compared: {_why_no_maps(sides)}."
    if sides.pairs and not same_protocol(sides):
        yield "Deletion and insertion are not compared: the two jobs measured them by different protocols."


def _of_conditions(sides: TwoSides) -> Iterator[str]:
    if unshared_conditions(sides):
        yield f"{unshared_conditions(sides)} conditions of capture are those of one evaluation alone."
    if any(name == BACKGROUND for name, _ in shared_conditions(sides)) and not same_backgrounds(sides):
        yield (
            "The corruption 'background' is not compared: where there are no true masks, each evaluation tells the "
            "object by the maps of its own model, so the pictures differ."
        )
    if shared_conditions(sides) and not same_draws(sides):
        yield "The two evaluations drew their corruptions from different seeds, so each image was corrupted otherwise."


def _why_unjudged(sides: TwoSides) -> str:
    reasons = [
        f"The labels of the {which} are left out: {side.results.plan.labels_left_out}."
        for which, side in _named(sides)
        if side.results.plan.labels_left_out
    ]
    return " ".join(reasons) or "The images have no labels that are classes of both models."


def _why_no_maps(sides: TwoSides) -> str:
    removed = [
        f"those of the {which} job were removed ({side.results.heatmaps_removed})"
        for which, side in _named(sides)
        if side.results.heatmaps_removed
    ]
    if removed:
        return " and ".join(removed)
    without = [which for which, side in _named(sides) if "raw" not in getattr(side.results.job.spec, "outputs", ())]
    return f"the {' and the '.join(without)} job kept no raw maps" if without else "no image has one in both jobs"


def _named(sides: TwoSides) -> tuple[tuple[str, Side], ...]:
    return ("first", sides.first), ("second", sides.second)
