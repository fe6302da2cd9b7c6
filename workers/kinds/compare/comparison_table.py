"""``comparison.parquet``: what two jobs say of each image that both have, one row each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from workers.kinds.compare.map_agreements import AgreementByImage
from workers.kinds.compare.side import NO_CLASS, Labels, Side
from workers.kinds.compare.two_sides import TwoSides


def write_table(path: Path, sides: TwoSides, agreements: Sequence[AgreementByImage]) -> None:
    """One row an image, in the order of the first job.

    Of each job ``label``, ``prediction``, ``confidence`` and ``outcome``, with its model's numbers of classes; the
    ``change``; and of each pair of methods ``spearman``, ``top_decile_overlap`` and whether both maps explain the same
    class.
    """
    columns: dict[str, pa.Array] = {"image_id": _ids(sides.first)}
    for which, side in (("first", sides.first), ("second", sides.second)):
        columns |= {f"{which}_{name}": column for name, column in _columns(side)}
    columns["change"] = _text(sides.changes())
    for agreement in agreements:
        pair = "/".join(dict.fromkeys(agreement.pair))
        columns[f"{pair}.spearman"] = pa.array(agreement.correlations, from_pandas=True)
        columns[f"{pair}.top_decile_overlap"] = pa.array(agreement.overlaps, from_pandas=True)
        columns[f"{pair}.same_class"] = pa.array(agreement.same_class, mask=~agreement.compared)
    pq.write_table(pa.table(columns), path, compression="zstd")


def _ids(side: Side) -> pa.Array:
    return side.images.column("image_id").take(pa.array(side.rows)).combine_chunks()


def _columns(side: Side) -> Iterator[tuple[str, pa.Array]]:
    yield "label", _classes(side.labels("label"))
    yield "prediction", _classes(side.labels("prediction"))
    yield "confidence", pa.array(side.numbers("confidence"), from_pandas=True)
    yield "outcome", _text(side.outcomes)


def _classes(labels: Labels) -> pa.Array:
    return pa.array(labels.astype(np.int32), mask=labels == NO_CLASS)


def _text(values: np.ndarray[tuple[int], np.dtype[np.str_]]) -> pa.Array:
    return pa.array(values.astype(object), pa.string(), mask=values == "")
