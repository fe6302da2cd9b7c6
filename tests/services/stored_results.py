"""Puts jobs that have ended into a store, with the results by image that a test makes up."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from jobs import keys
from jobs.job import Job, JobEnd, Problem
from jobs.live.progress import Progress
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.plan import Plan, Shard
from jobs.results.image_counts import count_images
from jobs.results.record import ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from store.base import ObjectStore
from workers.kinds.explain.raw_maps import RawMaps
from workers.tables.image_part import NAME, PARQUET, encode_part, image_part

START = datetime(2026, 1, 1, tzinfo=UTC)
CLASSES = ("rose", "tulip", "daisy")
Map = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MadeUpImage:
    """One image: its label, its prediction, and its maps by method; ``values`` are measures of each map."""

    image_id: str
    label: int | None = 0
    prediction: int = 0
    confidence: float = 0.5
    maps: Mapping[str, Map] = field(default_factory=dict)
    values: Mapping[str, float | None] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    error: str | None = None


def store_ended(store: ObjectStore, job_id: str, document: Mapping[str, Any], state: JobState, *, why: str = "") -> Job:
    """A job that has ended, and left nothing."""
    spec = spec_adapter.validate_python({**_needed(str(document["kind"])), **document})
    job = Job(id=job_id, created_at=START, spec=spec)
    problem = Problem(message=why) if why else None
    end = JobEnd(
        job_id=job_id,
        state=state,
        started_at=START,
        finished_at=START,
        progress=Progress(done=1, total=1),
        error=problem,
    )
    store.put(keys.spec(job_id), job.encode())
    store.put(keys.end(job_id), end.encode())
    return job


def _needed(kind: str) -> dict[str, str]:
    """What a specification of this kind names in any case."""
    if kind == "compare":
        return {}
    return {"dataset": "synthetic_flowers", **({} if kind == "preview" else {"model": "made-up"})}


def store_results(
    store: ObjectStore,
    job_id: str,
    images: Sequence[MadeUpImage],
    *,
    spec: Mapping[str, Any] | None = None,
    classes: Sequence[str] = CLASSES,
    shard_size: int = 4,
) -> Job:
    """A job of kind ``explain`` (or as ``spec`` says) that has ended, with a row for each image."""
    methods = list(dict.fromkeys(method for image in images for method in image.maps)) or ["gradcam"]
    asked = spec or {}
    kind = asked.get("kind", "explain")
    document = {"kind": kind, **({"methods": methods} if kind == "explain" else {}), **asked}
    job = store_ended(store, job_id, document, JobState.SUCCEEDED)
    shards = tuple(
        Shard(step=f"shard-{number:05d}", start=start, stop=min(start + shard_size, len(images)))
        for number, start in enumerate(range(0, len(images), shard_size))
    )
    plan = Plan(
        job_id=job_id,
        kind=kind,
        created_at=START,
        total=len(images),
        unit="images",
        shards=shards,
        split="test",
        model=made_up_model(classes),
    )
    store.put(keys.plan(job_id), plan.encode())
    for shard in shards:
        _store_shard(store, job, plan, shard, images[shard.start : shard.stop])
    return job


def made_up_model(classes: Sequence[str] = CLASSES) -> PublishedModel:
    """A model that nobody ever opens."""
    file = Artifact(name="model.keras", key="models/made-up.keras", size=1, sha256="0" * 64)
    return PublishedModel(
        id="made-up",
        name=None,
        job_id="made-up",
        created_at=START,
        checkpoint=file,
        image_size=32,
        feature_layer="features",
        class_names=tuple(classes),
    )


def _store_shard(store: ObjectStore, job: Job, plan: Plan, shard: Shard, images: Sequence[MadeUpImage]) -> None:
    raw: dict[str, RawMaps] = {}
    records = [_record(image, shard.start + place, raw) for place, image in enumerate(images)]
    prefix = keys.attempt(job.id, shard.step, "one")
    files = tuple(
        put_artifact(store, prefix, f"{shard.step}/{method}.npz", maps.encode(), "application/zip")
        for method, maps in raw.items()
    )
    report = Report(
        job_id=job.id,
        step=shard.step,
        attempt="one",
        worker="test",
        started_at=START,
        finished_at=START,
        images=count_images(records),
        artifacts=files,
    )
    rows = put_artifact(
        store, prefix, f"{shard.step}/{NAME}", encode_part(image_part(job, plan, report, records)), PARQUET
    )
    store.put(keys.report(job.id, shard.step), report.model_copy(update={"rows": rows}).encode())


def change_rows(store: ObjectStore, job_id: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change the rows of the first shard of a job, with their digest in its report."""
    key = keys.report(job_id, "shard-00000")
    report = Report.decode(store.get(key))
    assert report.rows is not None
    rows = pq.read_table(io.BytesIO(store.get(report.rows.key)))
    prefix = report.rows.key.removesuffix(report.rows.name)
    changed = put_artifact(store, prefix, report.rows.name, encode_part(change(rows)), PARQUET)
    store.put(key, report.model_copy(update={"rows": changed}).encode())


def _record(image: MadeUpImage, index: int, raw: dict[str, RawMaps]) -> ImageRecord:
    if image.error:
        return ImageRecord(image_id=image.image_id, index=index, label=image.label, error=image.error)
    return ImageRecord(
        image_id=image.image_id,
        index=index,
        label=image.label,
        prediction=image.prediction,
        confidence=image.confidence,
        target=image.prediction,
        methods=tuple(
            MethodRecord(
                method=method,
                target=image.prediction,
                raw_row=raw.setdefault(method, RawMaps()).add(image.image_id, image.prediction, heatmap),
                values=dict(image.values),
                flags=image.flags,
            )
            for method, heatmap in image.maps.items()
        ),
    )


def put_artifact(store: ObjectStore, prefix: str, name: str, data: bytes, content_type: str) -> Artifact:
    """Store a file as an attempt does."""
    info = store.put(prefix + name, data)
    digest = hashlib.sha256(data).hexdigest()
    return Artifact(name=name, key=info.key, size=len(data), sha256=digest, content_type=content_type)
