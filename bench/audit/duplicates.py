"""How many planted near-duplicates across splits are found, and how many of what is found were planted.

Half of the pictures are the training split, half the test split, to which copies of training pictures are added. The
pictures themselves may hold near-duplicates, which count against the precision; the rows are given, to be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from bench.audit.copies import COPIES, Picture, copy_of
from bench.audit.labelled_pictures import DRAWN, REAL, has_real, labelled_pictures
from ml.audit.data.near_duplicates import DuplicatePair, Gallery, duplicates_across
from ml.audit.data.thumbnail import thumbnail
from ml.data.images import resize
from ml.evaluation.predictions import wilson_interval

PICTURES, COPIES_OF_EACH_KIND = 800, 40
CHOICE_SEED, REPORT_SEED = 1, 2
"""The thresholds were chosen on other pictures, with the first seed; figures are reported with the second."""
REAL_VIEW, DRAWN_VIEW = 224, 64
"""Sides in pixels of what a model sees of a picture."""
Figures = dict[str, float | dict[str, object]]


def duplicate_figures(*, choice: bool = False) -> Figures:
    """All figures: of real flowers where they are on disk, with those of drawn ones under another name.

    Args:
        choice: of the pictures on which thresholds were chosen.
    """
    seed, split, start = (CHOICE_SEED, "validation", 0) if choice else (REPORT_SEED, "test", 2000)
    pictures = labelled_pictures(DRAWN, "train", start=start, count=PICTURES).pictures
    drawn = found_among(pictures, seed=seed, view=DRAWN_VIEW)
    if not has_real():
        return drawn
    real = found_among(labelled_pictures(REAL, split, count=PICTURES).pictures, seed=seed, view=REAL_VIEW)
    return real | {name.replace("duplicate", "duplicate_drawn"): figure for name, figure in drawn.items()}


def found_among(pictures: Sequence[Picture], *, seed: int, view: int) -> Figures:
    """Recall and precision of near-duplicates across splits, over all kinds of copies and for each.

    Candidates come from pixels alone; features of a network would add to them.

    Args:
        pictures: (H, W, 3) each, of any size; no two alike, as far as is known.
        seed: of the division into splits, and of what is copied.
        view: side in pixels of what a model sees.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(pictures))
    training = [pictures[row] for row in order[: len(order) // 2]]
    others = [pictures[row] for row in order[len(order) // 2 :]]
    kinds = [kind for kind in COPIES for _ in range(COPIES_OF_EACH_KIND)]
    sources = random.choice(len(training), len(kinds), replace=False)
    planted = [copy_of(training[source], kind, random) for source, kind in zip(sources, kinds, strict=True)]
    found = duplicates_across(_gallery(training, view), _gallery([*others, *planted], view)).pairs
    truth = {(int(source), len(others) + number): kinds[number] for number, source in enumerate(sources)}
    return _figures(found, truth) | {"duplicate_not_planted": _not_planted(found, truth, order)}


def _gallery(pictures: Sequence[Picture], view: int) -> Gallery:
    return Gallery(np.stack([thumbnail(resize(picture, view)) for picture in pictures]))


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


if __name__ == "__main__":
    print(json.dumps(duplicate_figures()))
