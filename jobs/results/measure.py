"""Lists every measure that ``MethodRecord.values`` may hold: its title, meaning, and whether high or low is better."""

from __future__ import annotations

from collections.abc import Mapping
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


JUDGED_DELTA = "judged_delta"
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
        "paths": Measure("paths", None, None, "Paths that the map is a mean over: noisy copies times baselines."),
        "evaluations": Measure("evaluations", "low", None, "Evaluations of F and its gradient that were needed."),
        "focus": Measure(
            "focus", None, None, "Share of the map's energy in its strongest tenth of the pixels; 0.1 is an even map."
        ),
        "deletion_auc": Measure(
            "deletion", "low", "deletion", "Area under the class's probability while the map's pixels turn grey."
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
        "spearman_random_head": Measure(
            "ρ, head randomised", "low", "randomization", "Rank correlation with the map of a random head."
        ),
        "spearman_random_head_abs": Measure(
            "ρ of |map|, head randomised", "low", "randomization", "The same for the magnitudes."
        ),
        "spearman_random_backbone": Measure(
            "ρ, backbone randomised", "low", "randomization", "Rank correlation with the map of a random backbone."
        ),
        "spearman_random_backbone_abs": Measure(
            "ρ of |map|, backbone randomised", "low", "randomization", "The same for the magnitudes."
        ),
    }
)

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "unconverged": "The evaluations were spent, or no interval was left that float32 can halve, before the "
        "attributions added up within the tolerance and stayed so for a further full round.",
        "absolute_tolerance": "F(x) and F(x′) hardly differ, so δ was judged in logits, not relatively.",
        "empty_cam": "Nothing in this layer speaks for the class rather than for the others: all weighted features are "
        "at or below zero, so the map is zero everywhere.",
        "against_likeliest": "The class was to be held against itself, as the prediction against the true class where "
        "it is right: it is held against the likeliest other class instead.",
        "non_finite": "The numbers broke (NaN or infinite): the map says nothing.",
    }
)
"""What each flag of a map means."""
