"""``clusters.parquet``: the cluster of each audited image, by which its job's images can be filtered."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.results.images.cluster_table import CLUSTER, IMAGE_ID
from workers.kinds.audit.given.looked_at import LookedAt


def cluster_table(looked_at: LookedAt) -> bytes:
    """A Parquet file with a row for each image that belongs to a cluster, numbered as findings name it, from 1."""
    rows = np.flatnonzero(looked_at.clusters >= 0)
    image_ids = [str(each) for each in looked_at.audited.seen.image_ids[rows]]
    clusters = pa.array(looked_at.clusters[rows] + 1, pa.int32())
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({IMAGE_ID: pa.array(image_ids, pa.string()), CLUSTER: clusters}), sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data
