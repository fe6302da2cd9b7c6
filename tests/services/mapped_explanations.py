"""Explanations that a worker does without TensorFlow, in the test's process: with raw maps, and numbers by index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from jobs import keys
from jobs.plan import FINALIZE, PLAN, Plan
from jobs.results.record import ClassScore, ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from tests.services.light_explanations import LIGHT, METHOD, PNG
from workers.kinds.explain.kind import EXPLAIN
from workers.kinds.explain.raw_maps import RawMaps
from workers.kinds.table import KINDS
from workers.lifecycle.run_step import run_step
from workers.step.services import Services
from workers.step.step_context import StepContext

SIDE = 7
BROKEN = 3
"""The image at this place cannot be decoded."""


def heatmap(index: int) -> npt.NDArray[np.float32]:
    """The map of an image (SIDE, SIDE): no two are alike."""
    return np.random.default_rng(index).random((SIDE, SIDE), np.float32) * (index + 1)


def record(index: int, raw_row: int, picture: MethodRecord) -> ImageRecord:
    """Every other image is predicted wrong; confidence grows with the index."""
    return ImageRecord(
        image_id=f"flower {index}.jpg",
        index=index,
        label=index % 2,
        prediction=0,
        confidence=(index + 1) / 100,
        top=(ClassScore(label=0, probability=(index + 1) / 100),),
        target=0,
        methods=(picture.model_copy(update={"raw_row": raw_row}),),
    )


def run(_: ExplainSpec, context: StepContext) -> Report:
    """Explain one shard."""
    shard, maps, records = context.plan.shard(context.step), RawMaps(), list[ImageRecord]()
    for index in range(shard.start, shard.stop):
        image_id = f"flower {index}.jpg"
        if index == BROKEN:
            records.append(ImageRecord(image_id=image_id, index=index, error="cannot be decoded", unreadable=True))
            continue
        drawn = context.files.put(f"{image_id}/{METHOD}.png", f"picture {index}".encode(), PNG)
        method = MethodRecord(method=METHOD, target=0, overlay=drawn, values={"focus": index / 10})
        row = maps.add(image_id, 0, heatmap(index))
        records.append(record(index, row, method))
    packed = context.files.put(f"{context.step}/{METHOD}.npz", maps.encode(), "application/zip")
    return context.report_of_images(records, artifacts=(packed,))


@contextmanager
def explaining() -> Iterator[None]:
    """Within it, explanations that this process works on are of this kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, LIGHT.spec.kind_name(), replace(LIGHT, run_step=run, summarize=EXPLAIN.summarize))
        yield


def work_on(job_id: str, services: Services, *, finalize: bool = True) -> None:
    """Do what a worker does once a job is submitted; without ``finalize``, leave it running."""
    with explaining():
        run_step(job_id, PLAN, services)
        for step in Plan.decode(services.store.get(keys.plan(job_id))).steps:
            run_step(job_id, step, services)
        if finalize:
            run_step(job_id, FINALIZE, services)
