"""A made-up explanation of any number of images, as its shards leave it: two methods, top-5, digests."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from drawing.encoding import jpeg
from drawing.overlay import overlay
from jobs import keys
from jobs.job import Job
from jobs.models.artifact import GALLERY, Artifact
from jobs.models.model import PublishedModel
from jobs.plan import Plan, Shard, shards
from jobs.results.image_counts import count_images
from jobs.results.measure import MEASURES
from jobs.results.record import ClassScore, ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from ml.figures.gallery import Gallery, small_jpeg
from store.base import ObjectStore
from workers.tables.image_part import NAME, PARQUET, encode_part, image_part

CLASSES, SHARD_SIZE, PHOTOGRAPHS = 102, 512, 100
METHODS = ("gradcam", "integrated_gradients")
START = datetime(2026, 1, 1, tzinfo=UTC)
PICTURE = jpeg(overlay(np.zeros((224, 224, 3), np.uint8), np.ones((224, 224), np.float32), kind="sequential"))
"""Every overlay: none is stored, since a million files would say nothing of what is measured."""


@dataclass(frozen=True)
class FakeJob:
    """A job whose steps are all done, and which is still to be finalized."""

    job: Job
    plan: Plan


def make_job(images: int, store: ObjectStore, *, name: str = "fake") -> FakeJob:
    """Store specification, plan, reports and rows of so many images."""
    spec = ExplainSpec(kind="explain", model="fake", dataset="synthetic_flowers", split="test", methods=METHODS)
    job = Job(id=name, created_at=START, spec=spec)
    plan = Plan(
        job_id=name,
        kind="explain",
        created_at=START,
        total=images,
        unit="images",
        shards=shards(0, images, size=SHARD_SIZE),
        split="test",
        model=fake_model(tuple(f"class {number}" for number in range(CLASSES))),
    )
    store.put(keys.spec(name), job.encode())
    store.put(keys.plan(name), plan.encode())
    store.put(keys.active(name), b"")
    gallery = _gallery(store, name)
    template = image_part(job, plan, _report(plan, plan.shards[0], ()), fake_records(plan.shards[0]))
    for number, shard in enumerate(plan.shards):
        _store_step(plan, shard, _varied(template, shard, seed=number), gallery, store)
    store.flush()
    return FakeJob(job, plan)


def _store_step(plan: Plan, shard: Shard, part: pa.Table, gallery: Artifact, store: ObjectStore) -> None:
    data = encode_part(part)
    info = store.put(keys.attempt(plan.job_id, shard.step, "a") + NAME, data, flushed=False)
    rows = Artifact(
        name=f"{shard.step}/{NAME}", key=info.key, size=info.size, sha256=info.sha256 or "", content_type=PARQUET
    )
    counts = count_images(fake_records(Shard(step=shard.step, start=0, stop=1)))
    images = counts.model_copy(update={"outcomes": {name: shard.size for name in counts.outcomes}})
    report = _report(plan, shard, (gallery,)).model_copy(update={"rows": rows, "images": images})
    store.put(keys.report(plan.job_id, shard.step), report.encode(), flushed=False)


def _varied(template: pa.Table, shard: Shard, *, seed: int) -> pa.Table:
    """The rows of another shard: other images, numbers and digests, of the same shape."""
    rng, count = np.random.default_rng(seed), shard.size
    indices = np.arange(shard.start, shard.stop)
    ids = [f"image_{index:07d}.jpg" for index in indices]
    confidence = rng.random(count)
    predictions, labels = (rng.integers(0, CLASSES, count).astype(np.int32) for _ in range(2))
    changed: dict[str, Any] = {
        "index": indices,
        "image_id": ids,
        "step": [shard.step] * count,
        "confidence": confidence,
        "prediction": predictions,
        "label": labels,
        "target": predictions,
        "outcome": np.where(predictions == labels, "correct", "wrong"),
    }
    for name in template.schema.names:
        if "." in name and template.column(name).null_count == 0:
            changed[name] = rng.random(count)
    record = json.loads(template.column("record")[0].as_py())
    changed["record"] = [
        _record_text(record, shard.step, ids[row], int(indices[row]), int(predictions[row]), rng)
        for row in range(count)
    ]
    part = template.slice(0, count)
    columns = [
        pa.array(changed[field.name], field.type) if field.name in changed else part.column(field.name)
        for field in template.schema
    ]
    return pa.table(columns, schema=template.schema)


def _record_text(
    record: dict[str, Any], step: str, image_id: str, index: int, prediction: int, rng: np.random.Generator
) -> str:
    record |= {"image_id": image_id, "index": index, "prediction": prediction, "target": prediction}
    for method in record["methods"]:
        method["overlay"]["name"] = f"{image_id}/{method['method']}.jpg"
        method["overlay"]["key"] = f"jobs/fake/attempts/{step}/a/{method['method']}/{image_id}.jpg"
        method["overlay"]["sha256"] = rng.bytes(32).hex()
        for name in method["values"]:
            method["values"][name] = float(rng.random())
    return json.dumps(record, separators=(",", ":"))


def fake_records(shard: Shard) -> tuple[ImageRecord, ...]:
    """What an explanation might have found of these images."""
    return tuple(_record(index, shard.step) for index in range(shard.start, shard.stop))


def _record(index: int, step: str) -> ImageRecord:
    image_id = f"image_{index:07d}.jpg"
    top = tuple(ClassScore(label=label, probability=0.2, logit=1.0 + label) for label in range(5))
    return ImageRecord(
        image_id=image_id,
        index=index,
        label=0,
        prediction=0,
        confidence=0.5,
        top=top,
        target=0,
        target_logit=1.0,
        methods=tuple(_method(name, image_id, step) for name in METHODS),
    )


def _method(name: str, image_id: str, step: str) -> MethodRecord:
    digest = hashlib.sha256(image_id.encode()).hexdigest()
    picture = Artifact(
        name=f"{image_id}/{name}.jpg",
        key=f"jobs/fake/attempts/{step}/a/{name}/{image_id}.jpg",
        size=len(PICTURE),
        sha256=digest,
        content_type="image/jpeg",
    )
    names = ["focus"] if name == "gradcam" else [each for each in MEASURES if not each.startswith("spearman")]
    return MethodRecord(
        method=name, target=0, target_logit=1.0, overlay=picture, raw_row=0, values=dict.fromkeys(names, 0.5)
    )


def _report(plan: Plan, shard: Shard, artifacts: tuple[Artifact, ...]) -> Report:
    return Report(
        job_id=plan.job_id,
        step=shard.step,
        attempt="a",
        worker="bench",
        started_at=START,
        finished_at=START,
        artifacts=artifacts,
        code_version="bench",
    )


def _gallery(store: ObjectStore, job_id: str) -> Artifact:
    """Photographs and class maps as each shard has them; all shards of the fake name the same file."""
    gallery, rng = Gallery(), np.random.default_rng(0)
    for label in range(CLASSES):
        gallery.add(label, {name: rng.random((56, 56)).astype(np.float32) for name in METHODS})
    photo = small_jpeg(Image.open(io.BytesIO(_jpeg(rng))))
    gallery.photos = {f"image_{index:07d}.jpg": photo for index in range(PHOTOGRAPHS)}
    data = gallery.encode()
    info = store.put(keys.attempt(job_id, "shard-00000", "a") + GALLERY, data)
    return Artifact(name=f"shard-00000/{GALLERY}", key=info.key, size=info.size, sha256=info.sha256 or "")


def _jpeg(rng: np.random.Generator) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (224, 224, 3), dtype=np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def fake_model(class_names: tuple[str, ...]) -> PublishedModel:
    """A model that is never loaded."""
    file = Artifact(name="model.keras", key="models/fake.keras", size=1, sha256="0" * 64)
    return PublishedModel(
        id="fake",
        name=None,
        job_id="fake",
        created_at=START,
        checkpoint=file,
        image_size=224,
        feature_layer="features",
        class_names=class_names,
    )
