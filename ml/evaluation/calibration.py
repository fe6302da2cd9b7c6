"""Measures calibration: whether a classifier's confidence matches its accuracy.

The expected calibration error of few images is above zero however well a model is calibrated, since accuracies in bins
scatter. So it comes with its interval, and with what a perfectly calibrated model would get.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.evaluation.predictions import Predictions

BINS = 15
RESAMPLES = 1000
_FEWEST_RESAMPLES = 200
_DRAWN_AT_MOST = 200_000_000
"""Images times resamples; beyond, there are fewer resamples, which are enough where there are so many images."""
Numbers = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Bin:
    """Images with a confidence above ``low`` and up to ``high``; the means are None where there are no images."""

    low: float
    high: float
    images: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class CalibrationError:
    """The expected calibration error of some images, and what to hold it against.

    Attributes:
        error: expected calibration error (Guo et al. 2017, equation 3).
        interval_95: by the bootstrap; see ``calibration_error``.
        perfect: what a perfectly calibrated model would get for these confidences, on average.
        perfect_p95: what it would exceed in one of twenty such sets of images.
        images: n.
    """

    error: float
    interval_95: tuple[float, float]
    perfect: float
    perfect_p95: float
    images: int


def reliability(found: Predictions, *, bins: int = BINS) -> tuple[Bin, ...]:
    """Confidence and accuracy in bins of equal width (Guo et al. 2017, On Calibration of Modern Neural Networks)."""
    edges = np.linspace(0, 1, bins + 1)
    position = _positions(found, bins)
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


def calibration_error(found: Predictions, *, bins: int = BINS, seed: int = 0) -> CalibrationError | None:
    """The expected calibration error with its 95 % interval, and that of a perfect model; None of no images.

    The interval says how much the error of other sets of as many images would scatter: images are drawn with
    replacement (Efron 1979), and the errors of these samples are moved so that their mean is the error found, because
    drawing with replacement scatters once more and so adds an error of its own. For the perfect model, each prediction
    is right as often as its confidence says.

    Args:
        found: one entry per image.
        bins: of equal width.
        seed: of what is drawn.
    """
    count = len(found)
    if not count:
        return None
    random = np.random.default_rng(seed)
    sure, positions = found.confidences.astype(np.float64), _positions(found, bins)
    gaps = sure - found.correct
    resamples = int(np.clip(_DRAWN_AT_MOST // count, _FEWEST_RESAMPLES, RESAMPLES))
    drawn = np.empty(resamples)
    perfect = np.empty(resamples)
    for number in range(resamples):
        rows = random.integers(0, count, count)
        drawn[number] = _error(positions[rows], gaps[rows], bins)
        perfect[number] = _error(positions, sure - (random.random(count) < sure), bins)
    error = _error(positions, gaps, bins)
    low, high = np.quantile(drawn - drawn.mean() + error, (0.025, 0.975))
    return CalibrationError(
        error=error,
        interval_95=(max(0.0, float(low)), min(1.0, float(high))),
        perfect=float(perfect.mean()),
        perfect_p95=float(np.quantile(perfect, 0.95)),
        images=count,
    )


def _positions(found: Predictions, bins: int) -> Ints:
    """The bin of each confidence; a bin holds its upper edge."""
    edges = np.linspace(0, 1, bins + 1)
    return np.clip(np.searchsorted(edges, found.confidences, side="left") - 1, 0, bins - 1)


def _error(positions: Ints, gaps: Numbers, bins: int) -> float:
    """Σ |sum of confidence minus correctness in a bin| / n, which is the same as equation 3."""
    return float(np.abs(np.bincount(positions, weights=gaps, minlength=bins)).sum() / len(positions))
