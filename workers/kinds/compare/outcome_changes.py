"""Compares right and wrong predictions: of all images, and class by class."""

from __future__ import annotations

from typing import Any

from jobs.results.comparison.document import AccuracyChange, ClassChange
from ml.evaluation.holm import holm_adjusted
from ml.evaluation.paired_outcomes import PairedOutcomes, outcomes_by_class, paired_outcomes
from ml.evaluation.predictions import wilson_interval
from workers.kinds.compare.two_sides import TwoSides


def accuracy_change(sides: TwoSides) -> AccuracyChange | None:
    """Over the images that both jobs have judged; None where there are none."""
    judged = sides.judged
    if not judged.any():
        return None
    return AccuracyChange(**change_fields(paired_outcomes(sides.first.right[judged], sides.second.right[judged])))


def class_changes(sides: TwoSides) -> tuple[ClassChange, ...]:
    """Of each true class, as the first job numbers it, the greatest loss first."""
    first, second, judged = sides.first, sides.second, sides.judged
    found = outcomes_by_class(first.right[judged], second.right[judged], first.labels("label")[judged])
    corrected = holm_adjusted([each.p_value() for each in found.values()])
    changes = [
        ClassChange(**change_fields(outcomes), label=label, name=first.class_name(label), p_corrected=p_corrected)
        for (label, outcomes), p_corrected in zip(found.items(), corrected, strict=True)
    ]
    return tuple(sorted(changes, key=lambda each: (each.difference, each.p_value, each.label)))


def change_fields(found: PairedOutcomes) -> dict[str, Any]:
    """The fields of an ``AccuracyChange`` of one or more images."""
    right = found.both + found.broken, found.both + found.fixed
    interval = found.interval_95()
    if interval is None:
        raise ValueError("no image was judged: there is nothing to compare")
    return {
        "images": found.images,
        "both": found.both,
        "fixed": found.fixed,
        "broken": found.broken,
        "neither": found.neither,
        "first_accuracy": right[0] / found.images,
        "first_interval_95": wilson_interval(right[0], found.images),
        "second_accuracy": right[1] / found.images,
        "second_interval_95": wilson_interval(right[1], found.images),
        "difference": found.difference,
        "interval_95": interval,
        "p_value": found.p_value(),
    }
