"""Predicts each image of a training split by a linear head that did not learn from it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.errors import MlError

FOLDS = 5
COMPONENTS = 256
"""Principal components of the features that the head sees; more cost time, and find no more."""
STRENGTH = 0.1
"""Inverse strength of the penalty on weights."""
STEPS, TOLERANCE = 200, 1e-2
"""Of the solver: a head that is nearly there ranks labels as well."""


@dataclass(frozen=True, eq=False)
class HeldOutProbabilities:
    """``values`` (N, classes) float64, NaN for an image that could not be predicted; and why, in sentences."""

    values: NDArray[np.float64]
    left_out: tuple[str, ...] = ()


def held_out_probabilities(
    features: NDArray[np.floating], labels: NDArray[np.integer], *, classes: int, seed: int, folds: int = FOLDS
) -> HeldOutProbabilities:
    """Cross-validate a logistic regression on pooled features.

    Images of a class of a single image cannot be predicted: no head would know that class.

    Args:
        features: (N, D) pooled features, of a network that may have learnt from these images; the head has not.
        labels: (N,) integers; below 0 where an image has none.
        classes: how many there are.
        seed: of the division into folds.
        folds: parts into which the images are divided.

    Raises:
        MlError: the arrays do not fit each other.
    """
    if len(features) != len(labels):
        raise MlError(f"{len(features)} rows of features and {len(labels)} labels: pass one label per image")
    values = np.full((len(features), classes), np.nan)
    usable = np.flatnonzero((labels >= 0) & np.isfinite(features).all(axis=1))
    usable = usable[_has_company(labels[usable])]
    left_out = _left_out(len(labels) - len(usable), len(labels))
    if len(np.unique(labels[usable])) < 2:
        return HeldOutProbabilities(values, (*left_out, "No head was trained: two classes with two images are needed."))
    known, components = labels[usable], _components(features[usable], seed)
    fold = _folds(known, folds, np.random.default_rng(seed))
    for number in range(fold.max() + 1):
        learnt, held_out = fold != number, fold == number
        present, probabilities = _probabilities(components[learnt], known[learnt], components[held_out])
        values[np.ix_(usable[held_out], present)] = probabilities
    values[usable] = np.nan_to_num(values[usable])  # a class that no head knew has probability 0
    return HeldOutProbabilities(values, left_out)


def _has_company(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether another image has the same label."""
    _, of, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return counts[of] > 1


def _folds(labels: NDArray[np.integer], folds: int, random: np.random.Generator) -> NDArray[np.int64]:
    """The fold of each image; those of a class are spread as evenly as can be, so that each fold learns each class."""
    shuffled = random.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    fold = np.empty(len(labels), np.int64)
    fold[by_class] = np.arange(len(labels)) % folds
    return fold


def _components(features: NDArray[np.floating], seed: int) -> NDArray[np.float64]:
    """Principal components of unit mean variance, which need no label."""
    from sklearn.decomposition import PCA  # noqa: PLC0415  (its import takes a second)

    count = min(COMPONENTS, *features.shape)
    components = PCA(count, random_state=seed).fit_transform(features.astype(np.float64))
    return components / max(float(components.std()), np.finfo(np.float64).tiny)


def _probabilities(
    learnt: NDArray[np.float64], labels: NDArray[np.integer], held_out: NDArray[np.float64]
) -> tuple[NDArray[np.integer], NDArray[np.float64]]:
    """The classes that a head learnt, and its probabilities of them for other images."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    head = LogisticRegression(C=STRENGTH, max_iter=STEPS, tol=TOLERANCE)
    with warnings.catch_warnings(), threadpool_limits(1):  # threads that wait for each other took ten times as long
        warnings.simplefilter("ignore", ConvergenceWarning)
        head.fit(learnt, labels)
    return head.classes_, head.predict_proba(held_out)


def _left_out(skipped: int, images: int) -> tuple[str, ...]:
    if not skipped:
        return ()
    return (f"{skipped} of {images} images were not predicted: no label, no features, or alone in their class.",)
