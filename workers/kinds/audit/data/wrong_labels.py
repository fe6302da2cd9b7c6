"""Findings about labels: those that are likely wrong."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jobs.results.finding import Effect, Finding, Severity
from jobs.results.wording import percent
from ml.audit.data.held_out_probabilities import HeldOutProbabilities, held_out_probabilities
from ml.audit.data.label_errors import LabelErrors, label_errors
from ml.evaluation.predictions import wilson_interval
from workers.kinds.audit.given.looked_at import MOST_SHOWN, Found, LookedAt, SplitImages, missed

LABELS = "wrong labels"
LEAST_AGREEMENT = 0.5
"""Where a smaller share of the predictions agrees with the labels, labels are not judged by them. A convention."""
GOOD_AGREEMENT = 0.8
"""Where a smaller share agrees, the severity of the finding is low. A convention."""


def wrong_labels(looked_at: LookedAt) -> Found:
    """One finding for each split in which labels are likely wrong.

    Those of the training split are judged by networks or heads that did not learn from the images that they judge.
    """
    if looked_at.audited.labels is None:
        return [], missed(LABELS, [looked_at.no_labels])
    findings, left_out = _judged(
        looked_at,
        looked_at.audited,
        looked_at.audited.seen.probabilities,
        judge="a model that did not learn from these images",
    )
    training = looked_at.training
    if training is None:
        return findings, [*left_out, *missed(f"{LABELS} of the training split", [looked_at.no_training])]
    if training.labels is None:
        return findings, [*left_out, *missed(f"{LABELS} of {training.split}", [looked_at.no_labels])]
    held_out = _held_out(looked_at, training, training.labels)
    more, rest = _judged(looked_at, training, held_out.values, judge=_judge(looked_at))
    return findings + more, [*left_out, *missed(f"{LABELS} of {training.split}", held_out.left_out), *rest]


def _held_out(looked_at: LookedAt, training: SplitImages, labels: npt.NDArray[np.int32]) -> HeldOutProbabilities:
    """Of the networks that the training made without each fold; otherwise of heads on the model's features."""
    if looked_at.out_of_sample is not None:
        return HeldOutProbabilities(looked_at.out_of_sample.astype(np.float64))
    classes = len(looked_at.class_names)
    return held_out_probabilities(training.seen.features, labels, classes=classes, seed=looked_at.seed)


def _judge(looked_at: LookedAt) -> str:
    """What predicts training images, for people."""
    if looked_at.out_of_sample is not None:
        return "networks that were trained without these images"
    return "heads that did not learn from these images, on features of the model, which may have"


def _judged(looked_at: LookedAt, images: SplitImages, probabilities: npt.NDArray[np.floating], *, judge: str) -> Found:
    agreement = _agreement(probabilities, images.labels)
    if agreement < LEAST_AGREEMENT:
        reason = f"predictions and labels of {images.split} agree for {percent(agreement)} of the images only"
        return [], missed(f"{LABELS} of {images.split}", [f"{reason}: most flags would be errors of the model"])
    found = label_errors(probabilities, images.labels)
    left_out = missed(f"{LABELS} of {images.split}", found.left_out)
    return ([_finding(looked_at, images, found, agreement, judge=judge)] if len(found.indices) else []), left_out


def _agreement(probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.int32] | None) -> float:
    """The share of labels that are the likeliest class; 1 where nothing can be compared."""
    if labels is None:
        return 1.0
    judged = (labels >= 0) & np.isfinite(probabilities).all(axis=1)
    return float((probabilities[judged].argmax(axis=1) == labels[judged]).mean()) if judged.any() else 1.0


def _finding(looked_at: LookedAt, images: SplitImages, found: LabelErrors, agreement: float, *, judge: str) -> Finding:
    rows, count = found.indices.tolist(), len(found.indices)
    pairs = list(zip(rows, found.given.tolist(), found.likely.tolist(), strict=True))
    low, high = wilson_interval(count, found.images)
    return Finding(
        kind="label",
        verdict="label_error",
        severity=severity_of(count / found.images, agreement),
        images=count,
        share=count / found.images,
        effect=Effect(what="share of labels flagged", value=count / found.images, low=low, high=high, n=found.images),
        image_ids=images.ids(rows),
        evidence=tuple(
            images.shown(row, f"labelled {looked_at.name(given)}, likely {looked_at.name(likely)}")
            for row, given, likely in pairs[:MOST_SHOWN]
        ),
        words=f"{count} of {found.images} labels of {images.split} may be wrong.",
        advice="Look at these images, the likeliest errors first, and correct what is wrong; then judge anew.",
        certainty=f"By confident learning on predictions of {judge}. Where these are wrong with confidence, a right "
        "label is flagged.",
    )


def severity_of(share: float, agreement: float) -> Severity:
    """Low where the predictions are no good judge of the labels: of a weak model most flags are its own errors."""
    if share < 0.01 or agreement < GOOD_AGREEMENT:
        return "low"
    return "high" if share >= 0.05 else "medium"
