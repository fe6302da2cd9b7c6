"""Predictions of training images by networks that did not learn from them, as a Parquet file."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.models.artifact import Artifact
from ml.training.held_out import HeldOutPredictions
from store.base import ObjectStore
from store.verified import verified_bytes

NAME, PARQUET = "out_of_sample.parquet", "application/vnd.apache.parquet"


def encode(found: HeldOutPredictions, class_names: Sequence[str], *, fold: int) -> bytes:
    """One row for each image of a fold."""
    predicted = found.predictions
    columns = {
        "image_id": pa.array(found.image_ids, pa.string()),
        "split": pa.array(found.splits, pa.string()),
        "index": pa.array(found.indices, pa.int64()),
        "fold": pa.array([fold] * len(found.labels), pa.int16()),
        "label": pa.array(found.labels, pa.int32()),
        "label_name": pa.array([class_names[label] for label in found.labels], pa.string()),
        "predicted": pa.array(predicted, pa.int32()),
        "predicted_name": pa.array([class_names[label] for label in predicted], pa.string()),
        "confidence": pa.array(found.probabilities.max(axis=1, initial=0.0), pa.float32()),
        "probabilities": pa.array(list(found.probabilities), pa.list_(pa.float32())),
    }
    return _written(pa.table(columns))


def joined(parts: Sequence[Artifact], store: ObjectStore) -> bytes:
    """All folds in one file, sorted by the name of the split and the position in it."""
    tables = [pq.read_table(io.BytesIO(verified_bytes(part, store))) for part in parts]
    return _written(pa.concat_tables(tables).sort_by([("split", "ascending"), ("index", "ascending")]))


def _written(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
