"""How many planted near-duplicates across splits are found, and how many of what is found were planted.

Half of the pictures are the training split, half the test split, to which copies of training pictures are added. The
pictures themselves may hold near-duplicates, which count against the precision; the rows are given, to be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from bench.audit.copies import COPIES, Picture, copy_of
from bench.audit.labelled_pictures import DRAWN, REAL, has_real, labelled_pictures
from bench.audit.pooled_features import mobilenet
from ml.audit.data.near_duplicates import DuplicatePair, Gallery, duplicates_across
from ml.audit.data.thumbnail import thumbnail
from ml.data.images import resize
from ml.evaluation.predictions import wilson_interval

VIEW = 224
"""Side in pixels of what a model sees of a picture."""
PICTURES, COPIES_OF_EACH_KIND = 1200, 60
CHOICE_SEED, REPORT_SEED = 1, 2
Figures = dict[str, float | dict[str, object]]
Pooled = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""Pooled features (n, D) of views (n, 224, 224, 3)."""


def duplicate_figures(*, seed: int = REPORT_SEED) -> Figures:
    """All figures; those of real flowers only where they are on disk, which are then those without a prefix."""
    drawn = found_among(labelled_pictures(DRAWN, "train", count=PICTURES).pictures, seed=seed)
    if not has_real():
        return drawn
    pictures = labelled_pictures(REAL, "test", count=PICTURES).pictures
    by_pixels = found_among(pictures, seed=seed)
    real = found_among(pictures, seed=seed, pooled=mobilenet)
    return real | _named("duplicate_drawn", drawn) | _named("duplicate_by_pixels", by_pixels)


def found_among(
    pictures: Sequence[Picture], *, seed: int, pooled: Pooled | None = None, copies: int = COPIES_OF_EACH_KIND
) -> Figures:
    """Recall and precision of near-duplicates across splits, over all kinds of copies and for each.

    Args:
        pictures: (H, W, 3) each, of any size; no two alike, as far as is known.
        seed: of the division into splits, and of what is copied.
        pooled: features of what a model sees; None: candidates come from pixels alone.
        copies: of each kind.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(pictures))
    training = [pictures[row] for row in order[: len(order) // 2]]
    others = [pictures[row] for row in order[len(order) // 2 :]]
    kinds = [kind for kind in COPIES for _ in range(copies)]
    sources = random.choice(len(training), len(kinds), replace=False)
    planted = [copy_of(training[source], kind, random) for source, kind in zip(sources, kinds, strict=True)]
    found = duplicates_across(_gallery(training, pooled), _gallery([*others, *planted], pooled)).pairs
    truth = {(int(source), len(others) + number): kinds[number] for number, source in enumerate(sources)}
    return _figures(found, truth) | {"duplicate_not_planted": _not_planted(found, truth, order)}


def _gallery(pictures: Sequence[Picture], pooled: Pooled | None) -> Gallery:
    views = [resize(picture, VIEW) for picture in pictures]
    thumbnails = np.stack([thumbnail(view) for view in views])
    return Gallery(thumbnails, None if pooled is None else pooled(np.stack(views)))


def _figures(found: Sequence[DuplicatePair], truth: Mapping[tuple[int, int], str]) -> Figures:
    pairs = {(pair.first, pair.second) for pair in found}
    right = pairs & set(truth)
    of_kind = {kind: [pair in right for pair, its_kind in truth.items() if its_kind == kind] for kind in COPIES}
    return {
        "duplicate_recall": len(right) / len(truth),
        "duplicate_precision": len(right) / max(1, len(pairs)),
        "duplicate_recall_of": {kind: float(np.mean(hits)) for kind, hits in of_kind.items()},
        "duplicate_counts": {
            "planted": len(truth),
            "found": len(pairs),
            "right": len(right),
            "recall_interval": wilson_interval(len(right), len(truth)),
            "precision_interval": wilson_interval(len(right), len(pairs)),
        },
    }


def _not_planted(
    found: Sequence[DuplicatePair], truth: Mapping[tuple[int, int], str], order: npt.NDArray[np.int64]
) -> dict[str, object]:
    """How alike the pairs are that nobody planted; they are named by their place in the split, a copy as a copy."""
    names = [*(str(row) for row in order), *(f"copy {number}" for number in range(len(truth)))]
    training = len(order) // 2
    wrong = [pair for pair in found if (pair.first, pair.second) not in truth]
    return {f"{names[pair.first]} and {names[training + pair.second]}": pair.similarity for pair in wrong}


def _named(prefix: str, figures: Figures) -> Figures:
    return {name.replace("duplicate", prefix): figure for name, figure in figures.items()}


if __name__ == "__main__":
    print(json.dumps(duplicate_figures()))
