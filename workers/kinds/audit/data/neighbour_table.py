"""``neighbours.parquet``: each wrong image and the training images nearest to it, a row for each of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.results.finding import ByExample

TABLE = "neighbours.parquet"
_SCHEMA = pa.schema(
    [
        ("image_id", pa.string()),
        ("label", pa.int32()),
        ("prediction", pa.int32()),
        ("confidence", pa.float64()),
        ("neighbour_of", pa.string()),
        ("rank", pa.int32()),
        ("training_image_id", pa.string()),
        ("similarity", pa.float64()),
    ]
)


def neighbour_table(examples: Sequence[ByExample]) -> bytes:
    """A Parquet file; ``neighbour_of`` is ``true_class`` or ``predicted_class``, ``rank`` counts from 1."""
    rows = [row for example in examples for row in _rows(example)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _rows(example: ByExample) -> Iterator[dict[str, object]]:
    told = {name: getattr(example, name) for name in ("image_id", "label", "prediction", "confidence")}
    for name, found in (("true_class", example.true_class), ("predicted_class", example.predicted_class)):
        for rank, near in enumerate(found, start=1):
            place = {"neighbour_of": name, "rank": rank}
            yield {**told, **place, "training_image_id": near.image_id, "similarity": near.similarity}
