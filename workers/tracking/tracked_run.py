"""A finished job as experiment trackers take it: parameters, metrics and tags; plain values, no tracker."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.job import Job, JobEnd
from jobs.models.model import EpochMetrics, PublishedModel
from jobs.names.project_name import DEFAULT_PROJECT

JOB_TAG = "florescope.job_id"
EXPERIMENT = "florescope"
_EPOCH_METRICS = ("loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate")


@dataclass(frozen=True)
class Metric:
    """One number; ``step`` is the epoch where it is one of many."""

    name: str
    value: float
    at: datetime
    step: int = 0


@dataclass(frozen=True)
class TrackedRun:
    """One job.

    Attributes:
        experiment: one for each project.
        parameters: the specification, nested names joined by dots.
        model: that the job made, to be registered.
    """

    experiment: str
    name: str
    started_at: datetime
    finished_at: datetime
    failed: bool
    parameters: Mapping[str, str]
    metrics: tuple[Metric, ...]
    tags: Mapping[str, str]
    model: PublishedModel | None


def tracked_run(job: Job, end: JobEnd, model: PublishedModel | None) -> TrackedRun:
    """What there is to say of a job that is over."""
    spec = job.spec.model_dump(mode="json")
    own = job.project == DEFAULT_PROJECT
    tags = {JOB_TAG: job.id, "florescope.kind": job.spec.kind_name(), "florescope.state": end.state.value}
    named = {
        "florescope.model_id": model.id if model else None,
        "florescope.submitter": job.submitter or None,
        "florescope.parent": job.parent,
        "florescope.error": end.error.message if end.error else None,
    }
    return TrackedRun(
        experiment=EXPERIMENT if own else f"{EXPERIMENT}-{job.project}",
        name=str(spec.get("name") or f"{job.spec.kind_name()} {job.id}"),
        started_at=end.started_at or job.created_at,
        finished_at=end.finished_at,
        failed=end.error is not None,
        parameters={name: str(value) for name, value in _flat(spec) if value is not None},
        metrics=tuple(_metrics(end, model)),
        tags={**tags, **{name: value for name, value in named.items() if value}},
        model=model,
    )


def _metrics(end: JobEnd, model: PublishedModel | None) -> Iterator[Metric]:
    for name, value in _flat(end.summary or {}):
        if _is_number(value):
            yield Metric(name, float(value), end.finished_at)
    for epoch in model.history if model else ():
        yield from _of_epoch(epoch, end.finished_at)


def _of_epoch(epoch: EpochMetrics, at: datetime) -> Iterator[Metric]:
    for name in _EPOCH_METRICS:
        value = getattr(epoch, name)
        if _is_number(value):
            yield Metric(f"epoch.{name}", float(value), at, step=epoch.epoch)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
