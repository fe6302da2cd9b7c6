"""Summarises which images of a job were predicted right: with an interval, and the classes that are weak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.results.record import Outcome
from ml.evaluation.predictions import wilson_interval
from ml.evaluation.weak_classes import weak_classes
from workers.tables.gathered_images import GatheredImages

NAMED_AT_MOST = 10
_JUDGED = pa.array([Outcome.CORRECT.value, Outcome.WRONG.value])


def judged_summary(images: GatheredImages, class_names: Sequence[str]) -> dict[str, Any]:
    """Parts of a summary: ``judged``, and where an image was, ``accuracy_interval_95`` and ``weak_classes``."""
    right, labels = _judged(images)
    if not len(right):
        return {"judged": 0}
    weak = weak_classes(right, labels)
    return {
        "judged": len(right),
        "accuracy_interval_95": list(wilson_interval(int(right.sum()), len(right))),
        "weak_classes": {
            "tested": weak.tested,
            "median_images": weak.median_images,
            "found": len(weak.found),
            "classes": [
                {
                    "label": each.label,
                    "name": class_names[each.label] if each.label < len(class_names) else str(each.label),
                    "images": each.images,
                    "correct": each.correct,
                    "interval_95": list(each.interval_95),
                }
                for each in weak.found[:NAMED_AT_MOST]
            ],
        },
    }


def _judged(images: GatheredImages) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Whether each judged image was right, and its label, (n,) each."""
    right, labels = [np.empty(0, np.bool_)], [np.empty(0, np.int64)]
    for batch in images.batches("outcome", "label"):
        kept = batch.filter(pc.is_in(batch.column("outcome"), value_set=_JUDGED))
        right.append(pc.equal(kept.column("outcome"), Outcome.CORRECT.value).to_numpy(zero_copy_only=False))
        labels.append(kept.column("label").to_numpy(zero_copy_only=False).astype(np.int64))
    return np.concatenate(right), np.concatenate(labels)
