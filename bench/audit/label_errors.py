"""How well wrong labels are found: where they stand among all labels, and how many of those flagged are wrong.

Drawn flowers: a small network learns all its layers from labels of which some are wrong. Those of its training split
are judged by heads that are cross-validated on its features, those of the test split by its own predictions. Real
flowers: heads are cross-validated on features of MobileNetV2 as published.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from bench.audit.label_noise import Labels, with_wrong_labels
from bench.audit.labelled_pictures import DRAWN, REAL, has_real, labelled_pictures
from bench.audit.pooled_features import SMALL_SIDE, learned, mobilenet
from ml.audit.data.held_out_probabilities import held_out_probabilities
from ml.audit.data.label_errors import label_errors

SHARES = (0.02, 0.05, 0.1)
"""Of the labels that are wrong."""
CHOICE_SEEDS, REPORT_SEEDS = (1,), (11, 12)
TRAINING, TEST, REAL_IMAGES = 1800, 540, 2040
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
    """All figures; those of real flowers only where they are on disk. ``seeds`` are those of wrong labels."""
    training, test = drawn(seeds)
    figures = _figures("label_error", training) | _figures("label_error_test", test)
    return figures | (_figures("label_error_real", real(seeds)) if has_real() else {})


def drawn(seeds: Sequence[int]) -> tuple[list[Found], list[Found]]:
    """What is found in the training splits and in the test splits of drawn flowers."""
    splits = [labelled_pictures(DRAWN, "train", count=TRAINING), labelled_pictures(DRAWN, "test", count=TEST)]
    (views, labels), (test_views, test_labels) = ((each.views(SMALL_SIDE), each.labels) for each in splits)
    training, test = list[Found](), list[Found]()
    for share in SHARES:
        for seed in seeds:
            noisy = with_wrong_labels(labels, share=share, seed=seed)
            network = learned(views, noisy, seed=seed)
            training.append(found_by_heads(network.pooled(views), noisy, labels, seed=seed))
            noisy_test = with_wrong_labels(test_labels, share=share, seed=seed)
            test.append(found_among(network.probabilities(test_views), noisy_test, test_labels))
    return training, test


def real(seeds: Sequence[int]) -> list[Found]:
    """What is found in Flowers102, whose own labels are taken for right."""
    flowers = labelled_pictures(REAL, "test", count=REAL_IMAGES)
    features = mobilenet(flowers.views(224))
    noisy = [with_wrong_labels(flowers.labels, share=share, seed=seed) for share in SHARES for seed in seeds]
    return [found_by_heads(features, labels, flowers.labels, seed=seeds[0]) for labels in noisy]


def found_by_heads(features: npt.NDArray[np.floating], labels: Labels, true: Labels, *, seed: int) -> Found:
    """What is found by heads that are cross-validated on features (N, D)."""
    held_out = held_out_probabilities(features, labels, classes=int(true.max()) + 1, seed=seed)
    return found_among(held_out.values, labels, true)


def found_among(probabilities: npt.NDArray[np.floating], labels: Labels, true: Labels) -> Found:
    """What is found by probabilities (N, classes) of which labels (N,) are not the true ones."""
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
        f"{name}_sets": {str(number): asdict(each) for number, each in enumerate(found)},
    }


if __name__ == "__main__":
    print(json.dumps(label_error_figures()))
