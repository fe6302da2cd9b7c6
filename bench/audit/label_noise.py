"""Gives a share of images a wrong label."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]


def with_wrong_labels(labels: Labels, *, share: float, seed: int) -> Labels:
    """Labels (N,), a share of which became another class, any being as likely; at least one did."""
    random, classes = np.random.default_rng(seed), int(labels.max()) + 1
    rows = random.choice(len(labels), max(1, round(share * len(labels))), replace=False)
    noisy = labels.copy()
    noisy[rows] = (labels[rows] + random.integers(1, classes, len(rows))) % classes
    return noisy
