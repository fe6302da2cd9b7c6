"""Prepares labelled images for scoring, and makes the record of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drawing.network_view import centre_box
from jobs.results.record import ClassScore, ImageRecord
from ml.data.example import Example, label_problem
from ml.data.image_size import ImageSize
from ml.data.images import resize, resize_mask
from ml.evaluation.robustness import BatchEvaluation, Picture

TOP = 5
Mask = NDArray[np.bool_]


def refusal(example: Example, *, classes: int) -> str | None:
    """Why a model of so many classes cannot be judged by this image, or None."""
    if example.error is not None or example.image is None:
        return example.error or "the image could not be read"
    problem = label_problem(example.label, classes=classes)
    return f"only labelled images can be judged: {problem}" if problem else None


def picture(example: Example, size: ImageSize, *, seen_mask: Mask | None = None) -> Picture:
    """A usable example as a network of this size sees it.

    Args:
        seen_mask: (H, W) bool, the object as another network told it from the background, at the size that this other
            one takes; it counts where the example has no true mask.
    """
    if example.image is None or example.label is None:
        raise ValueError(f"example {example.image_id} has no image or no label: leave it out first")
    mask = example.mask
    if mask is None and seen_mask is not None:
        mask = _on_whole(seen_mask, example.image.shape[:2])
    return Picture(
        example.image_id,
        resize(example.image, size),
        example.label,
        resize_mask(mask, size) if mask is not None else None,
    )


def _on_whole(seen_mask: Mask, shape: tuple[int, int]) -> Mask:
    """A mask of the part of a picture that a network saw, on the whole picture (H, W); no object lies outside."""
    left, upper, right, lower = centre_box(shape[::-1], height=seen_mask.shape[0], width=seen_mask.shape[1])
    rows = _places(shape[0], upper, lower, seen_mask.shape[0])
    columns = _places(shape[1], left, right, seen_mask.shape[1])
    return np.pad(seen_mask, 1)[np.ix_(rows, columns)]


def _places(length: int, start: float, end: float, count: int) -> NDArray[np.intp]:
    """Of each pixel of a side, in which of ``count`` parts from start to end it lies, from 1; 0 or more for none."""
    found = np.floor((np.arange(length) + 0.5 - start) / (end - start) * count).astype(np.intp) + 1
    return np.asarray(np.clip(found, 0, count + 1), np.intp)


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
