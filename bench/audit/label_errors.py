"""How well wrong labels are found: where they stand among all labels, and how many of those flagged are wrong.

Heads are cross-validated on features of MobileNetV2 as published, of drawn and of real flowers. And a small network
learns all its layers from labels of which 5 % are wrong: it knows the flowers less well, and so finds less.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from bench.audit.label_noise import Labels, with_wrong_labels
from bench.audit.labelled_pictures import DRAWN, REAL, LabelledPictures, has_real, labelled_pictures
from bench.audit.pooled_features import SMALL_SIDE, learned, mobilenet
from ml.audit.data.held_out_probabilities import held_out_probabilities
from ml.audit.data.label_errors import label_errors

SHARES, LEARNED_SHARE = (0.02, 0.05, 0.1), 0.05
"""Shares of labels that are made wrong, and that of the labels from which the small network learns."""
CHOICE_SEEDS, REPORT_SEEDS = (1,), (11, 12, 13)
DRAWN_SIDE, REAL_SIDE = 128, 160
CLASSES, TRAINING_OF_CLASS, TEST_OF_CLASS = (0, 2, 4, 6, 8), 400, 60
"""Drawn flowers for the small network: every second class, so that it learns them in minutes; and pictures of each."""
Figures = dict[str, float | dict[str, object]]


@dataclass(frozen=True)
class Found:
    """Of one set of labels, a share of which is wrong.

    Attributes:
        auc: chance that a wrong label has a lower quality than a right one.
        recall: of the wrong labels, among as many images of the lowest quality as there are wrong ones.
        flagged_recall: of the wrong labels, among those flagged.
        flagged_precision: of those flagged, the wrong ones.
        wrong: how many labels are.
        images: how many there are.
    """

    auc: float
    recall: float
    flagged_recall: float
    flagged_precision: float
    wrong: int
    images: int


def label_error_figures(*, seeds: Sequence[int] = REPORT_SEEDS) -> Figures:
    """All figures; ``seeds`` are those of wrong labels. Empty where Flowers102 and the weights are not on disk."""
    if not has_real():
        return {}
    flowers = labelled_pictures(REAL, "train")
    return (
        _figures("label_error", by_heads(labelled_pictures(DRAWN, "test"), DRAWN_SIDE, seeds))
        | _figures("label_error_real", by_heads(flowers, REAL_SIDE, seeds))
        | {"label_error_real_flagged_of_right": flagged_of_right(flowers, REAL_SIDE, seed=seeds[0])}
        | by_small_network(seeds)
    )


def by_heads(flowers: LabelledPictures, side: int, seeds: Sequence[int]) -> list[Found]:
    """What is found by cross-validated heads in each set of labels; those of the pictures count as right."""
    features = mobilenet(flowers.views(side))
    noisy = [(with_wrong_labels(flowers.labels, share=share, seed=seed), seed) for share in SHARES for seed in seeds]
    return [found_by_heads(features, labels, flowers.labels, seed=seed) for labels, seed in noisy]


def flagged_of_right(flowers: LabelledPictures, side: int, *, seed: int) -> float:
    """Share of the labels that are flagged though none was made wrong."""
    features = mobilenet(flowers.views(side))
    held_out = held_out_probabilities(features, flowers.labels, classes=int(flowers.labels.max()) + 1, seed=seed)
    return len(label_errors(held_out.values, flowers.labels).indices) / len(flowers.labels)


def by_small_network(seeds: Sequence[int]) -> Figures:
    """What is found in a test split by the predictions of the small network, and by heads in what it learned from."""
    views, labels = _drawn_views("train", TRAINING_OF_CLASS)
    noisy = with_wrong_labels(labels, share=LEARNED_SHARE, seed=seeds[0])
    network = learned(views, noisy, seed=seeds[0])
    training = found_by_heads(network.pooled(views), noisy, labels, seed=seeds[0])
    test_views, test_labels = _drawn_views("test", TEST_OF_CLASS)
    probabilities = network.probabilities(test_views)
    sets = [with_wrong_labels(test_labels, share=share, seed=seed) for share in SHARES for seed in seeds]
    test = [found_among(probabilities, each, test_labels) for each in sets]
    accuracy = float((probabilities.argmax(axis=1) == test_labels).mean())
    return (
        {"label_error_small_network_accuracy": accuracy}
        | _figures("label_error_small_network", test)
        | _figures("label_error_small_network_training", [training])
    )


def _drawn_views(split: str, of_class: int) -> tuple[npt.NDArray[np.uint8], Labels]:
    """Views and labels, which count the classes that were chosen."""
    drawn_flowers = labelled_pictures(DRAWN, split, count=9 * of_class)
    chosen = np.isin(drawn_flowers.labels, CLASSES)
    views = drawn_flowers.views(SMALL_SIDE)[chosen]
    return views, np.searchsorted(CLASSES, drawn_flowers.labels[chosen]).astype(np.int64)


def found_by_heads(features: npt.NDArray[np.floating], labels: Labels, true: Labels, *, seed: int) -> Found:
    """What is found by heads that are cross-validated on features (N, D)."""
    held_out = held_out_probabilities(features, labels, classes=int(true.max()) + 1, seed=seed)
    return found_among(held_out.values, labels, true)


def found_among(probabilities: npt.NDArray[np.floating], labels: Labels, true: Labels) -> Found:
    """What is found by probabilities (N, classes) of labels (N,) that are not all the true ones."""
    errors = label_errors(probabilities, labels)
    wrong, judged = labels != true, np.isfinite(errors.quality)
    worst = np.argsort(np.where(judged, errors.quality, np.inf), kind="stable")[: int(wrong.sum())]
    return Found(
        auc=float(roc_auc_score(wrong[judged], -errors.quality[judged])),
        recall=float(wrong[worst].mean()),
        flagged_recall=float(wrong[errors.indices].sum() / wrong.sum()),
        flagged_precision=float(wrong[errors.indices].mean()) if len(errors.indices) else 0.0,
        wrong=int(wrong.sum()),
        images=int(judged.sum()),
    )


def _figures(name: str, found: Sequence[Found]) -> Figures:
    """The means of the sets, and each of them."""
    return {
        f"{name}_auc": float(np.mean([each.auc for each in found])),
        f"{name}_recall": float(np.mean([each.recall for each in found])),
        f"{name}_flagged_recall": float(np.mean([each.flagged_recall for each in found])),
        f"{name}_flagged_precision": float(np.mean([each.flagged_precision for each in found])),
        f"{name}_sets": {str(number): asdict(each) for number, each in enumerate(found)},
    }


if __name__ == "__main__":
    print(json.dumps(label_error_figures()))
