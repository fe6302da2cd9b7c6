"""What an explanation knows of images already: their logits and pooled features, which spares a forward pass."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan, Shard
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from store.base import ObjectStore
from workers.inputs.undamaged import undamaged_bytes
from workers.kinds.explain.pooled_features import NAME


@dataclass(frozen=True, eq=False)
class Passed:
    """What a forward pass gave of one image: ``logits`` (K,) float32 and pooled ``features`` (D,) float16."""

    logits: npt.NDArray[np.float32]
    features: npt.NDArray[np.float16]


def explained_features(
    job_id: str, shard: Shard, store: ObjectStore, *, feature_layer: str | None
) -> Mapping[str, Passed]:
    """What an explanation that is over has stored of the images of a shard, by their ids.

    Nothing where it came to nothing, where its features are of another layer than ``feature_layer``, that of the model,
    where its network has none, where an older release wrote it, or where a file of it is gone or damaged: then the
    images go through the network again.
    """
    found = dict[str, Passed]()
    if _layer(job_id, store) not in {None, feature_layer}:
        return found
    for step in _steps(job_id, shard, store):
        for file in _files(job_id, step, store):
            data = undamaged_bytes(file, store)
            found |= _read(data) if data is not None else {}
    return found


def _layer(job_id: str, store: ObjectStore) -> str | None:
    """Which layer it was told to weigh; None: the model's own."""
    spec = Job.decode(store.get(keys.spec(job_id))).spec
    return spec.layer if isinstance(spec, ExplainSpec) else None


def _steps(job_id: str, shard: Shard, store: ObjectStore) -> list[str]:
    """Those that explained images of the shard."""
    try:
        plan = Plan.decode(store.get(keys.plan(job_id)))
    except ObjectNotFound:
        return []  # the explanation failed before it was planned
    return [each.step for each in plan.shards if each.start < shard.stop and shard.start < each.stop]


def _files(job_id: str, step: str, store: ObjectStore) -> list[Artifact]:
    try:
        report = Report.decode(store.get(keys.report(job_id, step)))
    except ObjectNotFound:
        return []  # the explanation ended before this step was done
    return [file for file in report.artifacts if file.name == f"{step}/{NAME}"]


def _read(data: bytes) -> dict[str, Passed]:
    with np.load(io.BytesIO(data), allow_pickle=False) as packed:
        if "logits" not in packed:
            return {}
        rows = zip(packed["image_ids"].tolist(), packed["logits"], packed["features"], strict=True)
        return {image_id: Passed(logits, features) for image_id, logits, features in rows}
