"""Chooses the images of the report in one pass over the rows: only what may be shown is made into records."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from jobs.results.image_counts import IG
from jobs.results.images.image_row import RECORD, measure_column
from jobs.results.measure import JUDGED_DELTA, MAP_ERROR
from jobs.results.record import ImageRecord, Outcome
from workers.kinds.explain.report.selection import ERRORS, LEAST_CONVERGED, WRONG, Selection, select
from workers.tables.gathered_images import GatheredImages

_COLUMNS = ("outcome", "prediction", "target", "confidence", "index", RECORD)
_ERRORS = tuple(measure_column(IG, name) for name in (JUDGED_DELTA, MAP_ERROR))


def select_rows(images: GatheredImages) -> Selection:
    """The same as ``select`` of all records; of a part's rows it chooses what it would choose of all, and more."""
    kept: dict[int, ImageRecord] = {}
    columns = [*_COLUMNS, *(name for name in _ERRORS if name in images.schema.names)]
    for batch in images.batches(*columns):
        for row in _candidates(batch):
            record = ImageRecord.decode(batch.column(RECORD)[row].as_py().encode())
            kept[record.index] = record
        chosen = select(sorted(kept.values(), key=lambda record: record.index))
        kept = {record.index: record for record in (*chosen.shown(), *chosen.errors)}
    return select(sorted(kept.values(), key=lambda record: record.index))


def _candidates(batch: pa.RecordBatch) -> list[int]:
    """Rows that may be shown: the surest of each class and outcome, the surest wrong ones, the least converged."""
    outcome = np.asarray(batch.column("outcome").to_pylist(), object)
    confidence = batch.column("confidence").fill_null(0.0).to_numpy()
    surest_first = np.lexsort((batch.column("index").to_numpy(), -confidence))
    chosen = {int(row) for row in np.flatnonzero(outcome == Outcome.ERROR.value)[:ERRORS]}
    for kind in (Outcome.CORRECT, Outcome.WRONG, Outcome.EXPLAINED):
        of_kind = surest_first[outcome[surest_first] == kind.value]
        for name in ("prediction", "target"):
            classes = batch.column(name).fill_null(-1).to_numpy()[of_kind]
            chosen.update(int(row) for row in of_kind[np.unique(classes, return_index=True)[1]])
        if kind is Outcome.WRONG:
            chosen.update(int(row) for row in of_kind[:WRONG])
    return sorted(chosen | set(_least_converged(batch)))


def _least_converged(batch: pa.RecordBatch) -> Iterator[int]:
    """By the larger error of sum and map; a batch without either has none."""
    measured = [name for name in _ERRORS if name in batch.schema.names]
    if measured:
        errors = np.fmax.reduce([batch.column(name).to_numpy(zero_copy_only=False).astype(float) for name in measured])
        known = np.flatnonzero(~np.isnan(errors))
        worst = known[np.lexsort((batch.column("index").to_numpy()[known], -errors[known]))]
        yield from (int(row) for row in worst[:LEAST_CONVERGED])
