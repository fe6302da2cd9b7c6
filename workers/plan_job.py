"""Planning: what the API could not check is checked here, and the steps are written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from jobs import keys
from jobs.errors import InvalidSpec, ObjectExists, ObjectNotFound
from jobs.job import Job, JobEnd, Snapshot
from jobs.model import PublishedModel
from jobs.plan import Plan, shards, split_bounds
from jobs.progress import Progress
from jobs.spec import ExplainSpec, TrainSpec
from jobs.state import USABLE, JobState
from ml.datasets import DatasetDescription, describe
from ml.errors import MlError
from workers.advance_job import advance
from workers.services import Services

_ASK_AGAIN_S = 1.0


def waits(job: Job, services: Services) -> bool:
    """Whether the job must wait for the training job that makes its model."""
    awaited = job.spec.training_job_id if isinstance(job.spec, ExplainSpec) else None
    if awaited is None or services.store.head(keys.cancel(job.id)) is not None:
        return False
    if services.store.head(keys.spec(awaited)) is None or services.store.head(keys.end(awaited)) is not None:
        return False
    message = f"waits for the model of job {awaited}"
    if services.board.snapshot(job.id) is None:
        services.events.received(job.id, job.spec.kind, args=message)
        services.board.publish(Snapshot(job_id=job.id, progress=Progress(message=message)))
    services.board.postpone(job.id, "plan", delay_s=_ASK_AGAIN_S)
    return True


def plan_job(job: Job, services: Services) -> None:
    """Write the plan and ring for the first steps.

    Raises:
        InvalidSpec: the data set, the split, the model or the target do not exist.
    """
    now = datetime.now(UTC)
    services.events.received(job.id, job.spec.kind)
    services.board.publish(Snapshot(job_id=job.id, state=JobState.PLANNING, started_at=now, updated_at=now))
    plan = make_plan(job, services, now=now)
    try:
        services.store.put(keys.plan(job.id), plan.encode(), if_absent=True, content_type="application/json")
    except ObjectExists:
        plan = Plan.decode(services.store.get(keys.plan(job.id)))
    services.events.started(job.id, job.spec.kind)
    running = Snapshot(
        job_id=job.id,
        state=JobState.RUNNING,
        started_at=now,
        updated_at=now,
        progress=Progress(total=plan.total, unit=plan.unit, message="waits for a worker"),
    )
    services.board.publish(running)
    services.events.progressed(running, job.spec.kind)
    services.windows.begin(job.id, plan.steps)
    advance(job.id, services)


def make_plan(job: Job, services: Services, *, now: datetime) -> Plan:
    """The steps of a job, from its spec and its data set."""
    spec = job.spec
    with naming("dataset"):
        dataset = describe(spec.dataset, data_dir=_folder(services))
    if isinstance(spec, TrainSpec):
        for field, split in spec.splits.model_dump().items():
            split_bounds_of(f"splits.{field}", split, dataset)
        return Plan(job_id=job.id, kind="train", created_at=now, total=spec.epochs, unit="epochs")
    model = find_model(spec, services)
    check_target(spec, model)
    name, start, stop = split_bounds_of("split", spec.split, dataset)
    return Plan(
        job_id=job.id,
        kind="explain",
        created_at=now,
        total=stop - start,
        unit="images",
        shards=shards(start, stop, size=spec.shard_size),
        split=name,
        model=model,
    )


def find_model(spec: ExplainSpec, services: Services) -> PublishedModel:
    """The model that an explanation names, published or made by a training job.

    Raises:
        InvalidSpec: there is no such model, or its training failed.
    """
    awaited = spec.training_job_id
    if awaited is not None:
        try:
            end = JobEnd.decode(services.store.get(keys.end(awaited)))
        except ObjectNotFound:
            raise InvalidSpec(f"model {spec.model!r}: there is no job {awaited}", field="model") from None
        if end.state not in USABLE:
            reason = end.error.message if end.error else "it left no model"
            raise InvalidSpec(f"model {spec.model!r}: that job ended {end.state.value}: {reason}", field="model")
    try:
        return PublishedModel.decode(services.store.get(keys.model(awaited or spec.model)))
    except ObjectNotFound:
        raise InvalidSpec(f"model {spec.model!r} does not exist", field="model") from None


def check_target(spec: ExplainSpec, model: PublishedModel) -> None:
    """A class index must be one of the model's.

    Raises:
        InvalidSpec: it is not.
    """
    if isinstance(spec.target, int) and spec.target >= len(model.class_names):
        raise InvalidSpec(
            f"target {spec.target} is out of range: the model has classes 0 to {len(model.class_names) - 1}",
            field="target",
        )


def split_bounds_of(field: str, split: str, dataset: DatasetDescription) -> tuple[str, int, int]:
    """As ``split_bounds``, for a field of another name.

    Raises:
        InvalidSpec: no such split, or nothing in it; names ``field``.
    """
    try:
        return split_bounds(split, sizes=dict(dataset.splits))
    except InvalidSpec as error:
        raise InvalidSpec(f"{dataset.name}: {error}", field=field) from error


@contextmanager
def naming(field: str) -> Iterator[None]:
    """Turn what ``ml`` refuses into a fault of this field of the spec."""
    try:
        yield
    except MlError as error:
        raise InvalidSpec(str(error), field=field) from error


def _folder(services: Services) -> str | None:
    return str(services.folders.tfds) if services.folders.tfds else None
