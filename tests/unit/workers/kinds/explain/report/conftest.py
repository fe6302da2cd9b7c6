"""The page on made-up records, with real pictures in a store in memory."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
from PIL import Image

from drawing.encoding import jpeg
from drawing.overlay import overlay as drawn
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan, shards
from jobs.results.record import ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from ml.figures.gallery import Gallery, small_jpeg
from store.memory import MemoryStore
from tests.services.gathered import gathered
from tests.unit.workers.kinds.explain.test_results_table import MODEL
from workers.kinds.explain.report.page import report_page
from workers.step.job_kind import FinishContext

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RNG = np.random.default_rng(3)
PHOTO = RNG.integers(0, 256, (224, 224, 3), dtype=np.uint8)
HEATMAP = RNG.normal(size=(224, 224)).astype(np.float32)
CLASS_NAMES = ("<script>alert(1)</script>", "tulip & rose", *(f"class {number}" for number in range(2, 200)))


class Stored:
    """A store, as the services know it."""

    def __init__(self) -> None:
        self.store = MemoryStore("report")


def stored(services: Stored, name: str, data: bytes) -> Artifact:
    info = services.store.put(f"jobs/j/{name}", data)
    return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "")


def record(index: int, overlay: Artifact | None, *, label: int | None = 0, **values: float | None) -> ImageRecord:
    ig = MethodRecord(method="integrated_gradients", overlay=overlay, baseline="black", values={**values})
    cam = MethodRecord(method="gradcam", overlay=overlay, flags=("empty_cam",), values={"focus": 0.4})
    confidence = 0.5 + index % 97 / 200
    return ImageRecord(
        image_id=f"photo-{index}.jpg",
        index=index,
        label=label,
        prediction=index % 2,
        confidence=confidence,
        target=index % 2,
        methods=(cam, ig),
    )


def finishing(count: int, *, overlay: bool = True, explained_classes: int = 1, **changes: Any) -> FinishContext:
    services = Stored()
    picture = stored(services, "a.jpg", jpeg(drawn(PHOTO, HEATMAP, kind="diverging"))) if overlay else None
    gallery = Gallery()
    for label in range(explained_classes):
        gallery.add(label, {"gradcam": HEATMAP, "integrated_gradients": HEATMAP})
    photo, reports = small_jpeg(Image.fromarray(PHOTO)), []
    plan = Plan(
        job_id="j",
        kind="explain",
        created_at=NOW,
        total=count,
        unit="images",
        shards=shards(0, count, size=64),
        model=MODEL.model_copy(update={"class_names": CLASS_NAMES}),
    )
    for shard in plan.shards:
        gallery.photos = {f"photo-{index}.jpg": photo for index in range(shard.start, shard.stop)}
        records = tuple(
            record(index, picture, **{"relative_delta": index / 1e4, **changes})
            for index in range(shard.start, shard.stop)
        )
        reports.append(
            Report(
                job_id="j",
                step=shard.step,
                attempt="a",
                worker="w",
                started_at=NOW,
                finished_at=NOW,
                records=records,
                artifacts=(stored(services, f"{shard.step}/gallery.npz", gallery.encode()),),
            )
        )
    job = Job(id="j", created_at=NOW, spec=ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers"))
    return FinishContext(job, plan, tuple(reports), cast(Any, services), cast(Any, None))


def page(made: FinishContext) -> str:
    assert isinstance(made.job.spec, ExplainSpec)
    plan = made.plan.model_copy(update={"shards": ()})  # whatever the reports hold is taken as it is
    with gathered(made.job, plan, made.reports) as images:
        return report_page(made.job.spec, dataclasses.replace(made, images=images)).decode()


def explained_for(target: str | int, *records: ImageRecord) -> str:
    """The page of a job with this target, from these records."""
    made = finishing(len(records))
    spec = ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers", target=target)
    report = made.reports[0].model_copy(update={"records": records})
    return page(dataclasses.replace(made, job=made.job.model_copy(update={"spec": spec}), reports=(report,)))
