"""Prepares labelled images for scoring, and makes the record of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jobs.results.record import ClassScore, ImageRecord
from ml.data.example import Example, label_problem
from ml.data.image_size import ImageSize
from ml.data.images import resize, resize_mask
from ml.evaluation.robustness import BatchEvaluation, Picture

TOP = 5


def refusal(example: Example, *, classes: int) -> str | None:
    """Why a model of so many classes cannot be judged by this image, or None."""
    if example.error is not None or example.image is None:
        return example.error or "the image could not be read"
    problem = label_problem(example.label, classes=classes)
    return f"only labelled images can be judged: {problem}" if problem else None


def picture(example: Example, size: ImageSize, *, mask: NDArray[np.bool_] | None = None) -> Picture:
    """A usable example as a network of this size sees it.

    Args:
        mask: (H, W) bool of any size, in place of the example's own.
    """
    if example.image is None or example.label is None:
        raise ValueError(f"example {example.image_id} has no image or no label: leave it out first")
    shown = example.mask if mask is None else mask
    return Picture(
        example.image_id,
        resize(example.image, size),
        example.label,
        resize_mask(shown, size) if shown is not None else None,
    )


def record(example: Example, seen: BatchEvaluation, row: int) -> ImageRecord:
    """What is known of a judged image, as it is."""
    shares = np.exp(seen.logits[row].astype(np.float64) - seen.logits[row].max())
    shares /= shares.sum()
    best = np.argsort(-shares, kind="stable")[:TOP]
    return ImageRecord(
        image_id=example.image_id,
        index=example.index,
        label=example.label,
        prediction=int(seen.clean.predictions[row]),
        confidence=float(shares[best[0]]),
        top=tuple(ClassScore(label=int(label), probability=float(shares[label])) for label in best),
    )
