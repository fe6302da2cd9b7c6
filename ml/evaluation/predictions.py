"""Predictions for labelled images, scored by loss and rank."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

# Two-sided 95 % of a normal distribution.
_Z95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Predictions:
    """Labels and predictions, one entry per image.

    Attributes:
        labels: (n,) int32, the true classes.
        predictions: (n,) int32, the likeliest classes; -1 where the logits are not finite.
        confidences: (n,) float32, softmax probability of the prediction; 0 where the logits are not finite.
    """

    labels: NDArray[np.int32]
    predictions: NDArray[np.int32]
    confidences: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """(n,) bool: whether each prediction is the true class."""
        return self.predictions == self.labels


@dataclass(frozen=True, eq=False)
class ScoredPredictions(Predictions):
    """Predictions with the loss of each, and the rank of the true class.

    Attributes:
        losses: (n,) float32, cross-entropy in nats; NaN where the logits are not finite.
        ranks: (n,) int32, how many classes are likelier than the true one.
    """

    losses: NDArray[np.float32]
    ranks: NDArray[np.int32]

    def top(self, k: int) -> float:
        """Top-k accuracy: share of images whose true class is among the ``k`` likeliest."""
        return float((self.ranks < k).mean())

    def rows(self, chosen: NDArray[np.bool_]) -> ScoredPredictions:
        """The entries of the chosen images; ``chosen`` is (n,) bool."""
        return ScoredPredictions(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def loss(self) -> float:
        """Mean cross-entropy in nats."""
        return float(self.losses.astype(np.float64).mean())


def score(logits: NDArray[np.floating], labels: NDArray[np.int32]) -> ScoredPredictions:
    """Score logits (n, K) against labels (n,); of equal logits the first class counts as the likelier one."""
    finite = np.isfinite(logits).all(axis=1)
    known = np.where(finite[:, None], logits, 0.0)
    logs = log_softmax(known.astype(np.float64), axis=1)
    predictions = known.argmax(axis=1)
    true = np.take_along_axis(known, labels[:, None].astype(np.int64), axis=1)
    earlier = np.arange(known.shape[1]) < labels[:, None]
    ranks = (known > true).sum(axis=1) + ((known == true) & earlier).sum(axis=1)
    rows = np.arange(len(labels))
    return ScoredPredictions(
        labels=labels.astype(np.int32),
        predictions=np.where(finite, predictions, -1).astype(np.int32),
        confidences=np.where(finite, np.exp(logs[rows, predictions]), 0).astype(np.float32),
        losses=np.where(finite, -logs[rows, labels], np.nan).astype(np.float32),
        ranks=np.where(finite, ranks, known.shape[1]).astype(np.int32),
    )


def wilson_interval(successes: int, count: int) -> tuple[float, float]:
    """95 % confidence interval of a share (Wilson 1927); stays within 0 to 1, and is accurate for few images too."""
    if count == 0:
        return 0.0, 1.0
    share, square = successes / count, _Z95**2 / count
    centre = (share + square / 2) / (1 + square)
    half = _Z95 / (1 + square) * sqrt(share * (1 - share) / count + square / (4 * count))
    return max(0.0, centre - half), min(1.0, centre + half)
