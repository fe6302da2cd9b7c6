"""Finds what networks that did not learn from the training images say of them, where the training made such."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from jobs.models.model import PublishedModel
from store.base import ObjectStore
from store.verified import verified_bytes
from workers.kinds.audit.given.looked_at import SplitImages

NAME = "out_of_sample.parquet"
"""The file that a training with folds leaves (``workers/kinds/train/out_of_sample.py``)."""
_COLUMNS = ["split", "image_id", "label", "probabilities"]


def out_of_sample(model: PublishedModel, images: SplitImages, store: ObjectStore) -> npt.NDArray[np.float32] | None:
    """Probabilities (n, K) of these images; None where the training has none for all that have a label.

    An image that has another label by now, or is of another split, counts as one that was not predicted.
    """
    file = next((file for file in model.files if file.name == NAME), None)
    if file is None:
        return None
    table = pq.read_table(io.BytesIO(verified_bytes(file, store)), columns=_COLUMNS)
    rows = zip(*(table[name].to_pylist() for name in _COLUMNS), strict=True)
    split, seen = images.split.partition("[")[0], images.seen
    known = {(name, label): values for of, name, label, values in rows if of == split}
    asked = list(zip(map(str, seen.image_ids), seen.labels.tolist(), strict=True))
    if any(label >= 0 and (name, label) not in known for name, label in asked):
        return None
    nothing = [np.nan] * len(model.class_names)
    return np.array([known.get(each, nothing) for each in asked], np.float32)
