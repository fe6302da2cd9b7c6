"""Lists every measure that ``MethodRecord.values`` may hold: its title, meaning, and whether high or low is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from jobs.specs.explain_spec import Metric


@dataclass(frozen=True)
class Measure:
    """One measured number of one map.

    Attributes:
        title: for people.
        better: whether high or low is better; None where neither is.
        metric: the metric of the specification that it belongs to; None: it is always measured.
        meaning: one sentence.
    """

    title: str
    better: Literal["high", "low"] | None
    metric: Metric | None
    meaning: str


CASCADE: tuple[str, ...] = (
    "the head",
    "and the last group of layers",
    "and the group before",
    "and the next group",
    "and the fourth group",
)
"""What each stage of the randomisation draws anew, beside what the stages before it do."""


LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "constant": "the map is constant",
        "randomized_constant": "the map of the random model is constant",
        "not_finite": "the map is not finite",
        "randomized_not_finite": "the map of the random model is not finite",
        "failed": "a method failed on the random model",
    }
)
"""Why two maps have no rank correlation, by the name of the count."""


def cascade_measure(stage: int, *, magnitude: bool = False) -> str:
    """The measure of a stage, from 0."""
    return f"spearman_cascade_{stage + 1}{'_abs' if magnitude else ''}"


def _cascade() -> Iterator[tuple[str, Measure]]:
    for stage in range(len(CASCADE)):
        weights = ", ".join(CASCADE[: stage + 1])
        signed = f"Rank correlation with the map of the same model with random weights in {weights}."
        yield cascade_measure(stage), Measure(f"ρ, random stage {stage + 1}", "low", "randomization", signed)
        yield (
            cascade_measure(stage, magnitude=True),
            Measure(f"ρ of |map|, random stage {stage + 1}", "low", "randomization", "The same for the magnitudes."),
        )


def _parts() -> Iterator[tuple[str, Measure]]:
    """What 0.1.0 measured instead: head and backbone each drawn anew by itself."""
    for part in ("head", "backbone"):
        signed = f"Rank correlation with the map of a random {part}; measured by 0.1.0."
        yield f"spearman_random_{part}", Measure(f"ρ, {part} randomised", "low", "randomization", signed)
        yield (
            f"spearman_random_{part}_abs",
            Measure(f"ρ of |map|, {part} randomised", "low", "randomization", "The same for the magnitudes."),
        )


JUDGED_DELTA = "judged_delta"
MAP_ERROR = "map_error"
MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "value": Measure(
            "F(x)", None, None, "Score of the target class for the image; with noise, the mean over its noisy copies."
        ),
        "baseline_value": Measure(
            "F(x′)", None, None, "Score of the target class for the baseline; for random:n, the mean over all n."
        ),
        "delta": Measure("δ", None, None, "Sum of the map minus (F(x) − F(x′)), in logits."),
        "relative_delta": Measure("relative δ", "low", None, "|δ| / |F(x) − F(x′)|: what the attributions miss."),
        JUDGED_DELTA: Measure(
            "δ as judged", "low", None, "|δ| over |F(x) − F(x′)|, or over 0.1 logits where these differ by less."
        ),
        "worst_relative_delta": Measure(
            "worst relative δ", "low", None, "Relative δ of the worst path, where the map is a mean over several."
        ),
        MAP_ERROR: Measure(
            "map error", "low", None, "Estimated error of the map: Σ|map − true map| / Σ|true map|, over all pixels."
        ),
        "cancellation": Measure(
            "cancellation", None, None, "Σ|map| / |F(x) − F(x′)|: how much evidence for and against cancels in the sum."
        ),
        "paths": Measure("paths", None, None, "Paths that the map is a mean over: noisy copies times baselines."),
        "evaluations": Measure("evaluations", "low", None, "Evaluations of F and its gradient that were needed."),
        "focus": Measure(
            "focus", None, None, "Share of the map's energy in its strongest tenth of the pixels; 0.1 is an even map."
        ),
        "deletion_auc": Measure(
            "deletion", "low", "deletion", "Area under the class's probability while the map's pixels are deleted."
        ),
        "insertion_auc": Measure(
            "insertion", "high", "insertion", "Area under the class's probability while the map's pixels get sharp."
        ),
        "pointing_game": Measure("pointing game", "high", "localization", "1 if the map's maximum is on the object."),
        "energy_in_mask": Measure(
            "energy in mask", "high", "localization", "Share of the map's positive values on the object."
        ),
        "mask_share": Measure(
            "mask share", None, "localization", "Share of the picture that is object: what chance would score."
        ),
        **dict(_parts()),
        "deletion_auc_random": Measure(
            "deletion, random map", None, "deletion", "Deletion of a random map of this image: what chance would score."
        ),
        "insertion_auc_random": Measure(
            "insertion, random map", None, "insertion", "Insertion of a random map of this image."
        ),
        **dict(_cascade()),
    }
)

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "unconverged": "The evaluations were spent, or no interval was left that float32 can halve, before the "
        "attributions added up within the tolerance and the map was known within its own.",
        "absolute_tolerance": "F(x) and F(x′) hardly differ, so δ was judged in logits, not relatively.",
        "empty_cam": "Nothing in this layer speaks for the class rather than for the others: all weighted features are "
        "at or below zero, so the map is zero everywhere.",
        "against_likeliest": "The class was to be held against itself, as the prediction against the true class where "
        "it is correct: it is held against the likeliest other class instead.",
        "one_branch": "The logits also depend on layers that bypass this one: the map is of its branch alone, with the "
        "others as they are.",
        "non_finite": "The numbers broke (NaN or infinite): the map says nothing.",
    }
)
"""What each flag of a map means."""


def measure_title(name: str) -> str:
    """What people call a measure, or its name where it is not one of ``MEASURES``."""
    return MEASURES[name].title if name in MEASURES else name
