"""Names the file in which an audit keeps the cluster of each image, and its columns."""

from __future__ import annotations

CLUSTERS = "clusters.parquet"
IMAGE_ID, CLUSTER = "image_id", "cluster"
"""An image without a cluster has no row; clusters are numbered from 1."""
