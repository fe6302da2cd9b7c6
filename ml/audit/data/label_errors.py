"""Finds labels that are likely wrong, by confident learning (Northcutt, Jiang & Chuang 2021, JAIR 70).

For each class, the mean probability that its own images get is its threshold. Images that lie above the threshold of
another class than their label's are counted; so many are flagged, those first whose own class gets the lowest
probability. (Flagging the very images that were counted found fewer of the labels that were made wrong, and more
others, on the choice set of docs/audit-data.md.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.errors import MlError


@dataclass(frozen=True, eq=False)
class LabelErrors:
    """Images whose label is likely wrong, the likeliest error first; indices count the rows that were passed.

    Attributes:
        indices: (E,) int64, the images flagged.
        given: (E,) int64, the label of each.
        likely: (E,) int64, the class that it likely is.
        quality: (N,) float64 of all images, the probability of its label's class; NaN where it could not be judged.
        images: how many were judged.
        left_out: sentences on what could not be done.
    """

    indices: NDArray[np.int64]
    given: NDArray[np.int64]
    likely: NDArray[np.int64]
    quality: NDArray[np.float64]
    images: int
    left_out: tuple[str, ...] = ()


def label_errors(probabilities: NDArray[np.floating], labels: NDArray[np.integer] | None) -> LabelErrors:
    """Judge labels by predictions that are out of sample.

    Args:
        probabilities: (N, classes), of a model that did not learn from these images: those of a test split are, and
            ``ml.audit.data.held_out_probabilities`` makes them for a training split. A row that is not finite is left
            out.
        labels: (N,) integers; below 0 where an image has none. None: no image has one.

    Raises:
        MlError: the arrays do not fit each other.
    """
    quality = np.full(len(probabilities), np.nan)
    if labels is None:
        return _nothing(quality, "Labels were not judged: no image has one.")
    _check(probabilities, labels)
    judged = np.flatnonzero((labels >= 0) & np.isfinite(probabilities).all(axis=1))
    skipped = _skipped(len(labels) - len(judged), len(labels))
    known = labels[judged].astype(np.int64)
    if len(np.unique(known)) < 2:
        return _nothing(quality, *skipped, "Labels were not judged: two classes with images are needed.")
    shares = _sums_to_one(probabilities[judged])
    quality[judged] = shares[np.arange(len(known)), known]
    flagged = _flagged(shares, known)
    flagged = flagged[np.argsort(quality[judged][flagged], kind="stable")]
    likely = shares[flagged].argmax(axis=1)
    return LabelErrors(judged[flagged], known[flagged], likely, quality, len(judged), skipped)


def _flagged(shares: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows whose label is likely wrong, by confident learning."""
    from cleanlab.filter import find_label_issues  # noqa: PLC0415  (brings pandas: three seconds)

    issues = find_label_issues(labels, shares, filter_by="low_self_confidence", n_jobs=1)
    return np.flatnonzero(issues & (shares.argmax(axis=1) != labels))


def _sums_to_one(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    exact = np.clip(probabilities.astype(np.float64), 0, 1)
    return exact / np.maximum(exact.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)


def _check(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> None:
    if probabilities.ndim != 2 or len(probabilities) != len(labels):
        raise MlError(
            f"probabilities {probabilities.shape} and labels {labels.shape} do not fit: pass one row of probabilities "
            "and one label per image"
        )
    if len(labels) and labels.max() >= probabilities.shape[1]:
        raise MlError(
            f"label {labels.max()} has no column in probabilities of {probabilities.shape[1]} classes: pass a column "
            "per class"
        )


def _skipped(skipped: int, images: int) -> tuple[str, ...]:
    return (f"{skipped} of {images} labels were not judged: no label or no prediction.",) if skipped else ()


def _nothing(quality: NDArray[np.float64], *left_out: str) -> LabelErrors:
    none = np.zeros(0, np.int64)
    return LabelErrors(none, none, none, quality, 0, left_out)
