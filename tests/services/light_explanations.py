"""An explanation whose steps take their time and compute nothing: its documents, files and rows are like the real ones.

``ig.max_evaluations`` says how many milliseconds an image takes. No TensorFlow, no model.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from jobs import keys
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.names.built_in_datasets import BUILT_IN_DATASETS
from jobs.plan import Plan, shards, split_bounds
from jobs.results.record import ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from store.base import ObjectStore
from workers.inputs.published_models import find_model
from workers.kinds.explain.kind import EXPLAIN
from workers.kinds.table import KINDS
from workers.step.job_kind import FinishContext, JobKind, PlanContext
from workers.step.kept_images import KeptImages
from workers.step.step_context import StepContext

DATASET, MODEL, METHOD = "synthetic_flowers", "light", "gradcam"
PARQUET, PNG = "application/vnd.apache.parquet", "image/png"
RESULTS = "results.parquet"
"""As real explanations name it, in a module that loads SciPy."""


def light_spec(images: int, *, shard_size: int = 4, image_ms: int = 32, interactive: bool = False) -> dict[str, Any]:
    """The specification of a light explanation of so many images; one of few may be one that somebody waits for."""
    return {
        **({} if interactive else {"noise": {"samples": 2}}),
        "kind": "explain",
        "model": MODEL,
        "dataset": DATASET,
        "split": f"test[0:{images}]",
        "methods": [METHOD],
        "shard_size": shard_size,
        "ig": {"max_evaluations": image_ms},
    }


def image_ids(images: int) -> tuple[str, ...]:
    """The ids of its images."""
    return tuple(f"test-{index:05d}" for index in range(images))


def plan(spec: ExplainSpec, context: PlanContext) -> Plan:
    """Shards that cover the split."""
    model = find_model(spec, context.services)
    split, start, stop = split_bounds(spec.split, sizes=BUILT_IN_DATASETS[DATASET].splits)
    steps = shards(start, stop, size=spec.shard_size)
    return context.plan(total=stop - start, unit="images", shards=steps, split=split, model=model)


def run(spec: ExplainSpec, context: StepContext) -> Report:
    """A small picture for each image, and the rows of all."""
    shard = context.plan.shard(context.step)
    kept = KeptImages(context)
    before = [record for part in kept.adopt() for record in part.records]
    found = _records(range(shard.start + len(before), shard.stop), spec, context, before=len(before))
    return context.report_of_images([*before, *kept.keeping(found, lambda _: {})])


def _records(indices: range, spec: ExplainSpec, context: StepContext, *, before: int) -> Iterator[ImageRecord]:
    for done, index in enumerate(indices, start=before):
        context.pulse.check()
        context.pulse.progress(done)
        time.sleep(spec.ig.max_evaluations / 1000)
        image_id = f"{context.plan.split}-{index:05d}"
        picture = hashlib.sha256(image_id.encode()).digest() * 8
        overlay = context.files.put(f"{image_id}/{METHOD}.png", picture, PNG, flushed=False)
        yield ImageRecord(
            image_id=image_id,
            index=index,
            prediction=0,
            confidence=0.5,
            target=0,
            methods=(MethodRecord(method=METHOD, target=0, overlay=overlay),),
        )
    context.services.store.flush()
    context.pulse.progress(before + len(indices))


def finish(_: ExplainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """The table of results, without the page, which is drawn."""
    from workers.kinds.explain.results_table import write_results  # noqa: PLC0415  (pyarrow)

    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / RESULTS
        write_results(path, context.images)
        return (context.files.put_file(RESULTS, path, PARQUET),)


def summarize(context: FinishContext) -> dict[str, Any]:
    """How many images there were; real numbers of them load SciPy, which takes a second in every process."""
    return {"images": context.plan.total}


LIGHT: JobKind[ExplainSpec] = dataclasses.replace(
    EXPLAIN, make_plan=plan, run_step=run, summarize=summarize, make_files=finish, salvage_files=finish
)


def work_lightly() -> None:
    """From now on, every explanation that this process works on is a light one."""
    kinds = cast("dict[str, JobKind[Any]]", KINDS)
    kinds[LIGHT.spec.kind_name()] = LIGHT


def publish_light_model(store: ObjectStore) -> None:
    """A model that nobody ever opens."""
    file = Artifact(name="model.keras", key="models/light.keras", size=1, sha256="0" * 64)
    model = PublishedModel(
        id=MODEL,
        name=None,
        job_id=MODEL,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        checkpoint=file,
        image_size=32,
        feature_layer="features",
        class_names=("rose", "tulip"),
    )
    store.put(keys.model(MODEL), model.encode())
