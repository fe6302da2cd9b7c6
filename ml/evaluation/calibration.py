"""Measures calibration: whether a classifier's confidence matches its accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.evaluation.predictions import Predictions

BINS = 15


@dataclass(frozen=True)
class Bin:
    """Images with a confidence above ``low`` and up to ``high``; the means are None where there are no images."""

    low: float
    high: float
    images: int
    confidence: float | None
    accuracy: float | None


def reliability(found: Predictions, *, bins: int = BINS) -> tuple[Bin, ...]:
    """Confidence and accuracy in bins of equal width (Guo et al. 2017, On Calibration of Modern Neural Networks)."""
    edges = np.linspace(0, 1, bins + 1)
    position = np.clip(np.searchsorted(edges, found.confidences, side="left") - 1, 0, bins - 1)
    images = np.bincount(position, minlength=bins)
    confidence = np.bincount(position, weights=found.confidences, minlength=bins)
    correct = np.bincount(position, weights=found.correct, minlength=bins)
    return tuple(
        Bin(
            low=float(edges[number]),
            high=float(edges[number + 1]),
            images=int(count),
            confidence=float(confidence[number] / count) if count else None,
            accuracy=float(correct[number] / count) if count else None,
        )
        for number, count in enumerate(images)
    )


def expected_calibration_error(bins: tuple[Bin, ...]) -> float:
    """Mean distance between confidence and accuracy, each bin weighted by its images (Guo et al. 2017, equation 3)."""
    total = sum(each.images for each in bins)
    gaps = (
        each.images * abs(each.accuracy - each.confidence)
        for each in bins
        if each.accuracy is not None and each.confidence is not None
    )
    return sum(gaps) / total if total else float("nan")
