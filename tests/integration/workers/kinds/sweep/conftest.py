"""A sweep, look by look, with real Redis; the ends of most trials are written as their workers would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd, Problem, Snapshot
from jobs.live.progress import Progress
from jobs.models.model import EpochMetrics
from jobs.results.trial_run import TrialRun, TrialRuns
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from tests.integration.workers.conftest import published
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BASE = {
    "dataset": "synthetic_flowers",
    "backbone": "SmallCNN",
    "weights": "none",
    "image_size": 32,
    "epochs": 4,
}


def submit_sweep(services: Services, **changes: Any) -> str:
    document = {"kind": "sweep", "name": "rates", "base": BASE, "grid": {"seed": [0, 1, 2]}, "parallel": 2, **changes}
    spec = spec_adapter.validate_python(document)
    job_id = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    run_step(job_id, "plan", services)
    return job_id


def look(services: Services, job_id: str) -> tuple[TrialRun, ...]:
    run_step(job_id, "sweep", services)
    return look_at(services, job_id)


def begin(services: Services, job_id: str) -> tuple[TrialRun, ...]:
    """The first looks: one trial goes ahead, the others follow once it learns."""
    first = look(services, job_id)[0]
    learning = Progress(done=0.5, total=4, unit="epochs")
    services.board.progress.publish(Snapshot(job_id=first.job_id, state=JobState.RUNNING, progress=learning))
    return look(services, job_id)


def look_at(services: Services, job_id: str) -> tuple[TrialRun, ...]:
    return TrialRuns.decode(services.store.get(keys.trials(job_id))).runs


def write_end(services: Services, run: TrialRun, state: JobState, *, error: str | None = None) -> None:
    end = JobEnd(
        job_id=run.job_id,
        state=state,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=7),
        progress=Progress(),
        error=Problem(message=error) if error else None,
    )
    services.store.put(keys.end(run.job_id), end.encode())
    services.store.delete(keys.active(run.job_id))


def succeed(services: Services, run: TrialRun, accuracy: float, *, loss: float = 1.0, test: float = 0.5) -> None:
    """Leave what a training leaves: a model, then the end."""
    epoch = EpochMetrics(epoch=1, loss=1, accuracy=1, validation_loss=loss, validation_accuracy=accuracy, seconds=1)
    changes = {"id": run.job_id, "job_id": run.job_id, "history": (epoch,), "best_epoch": 1, "test_accuracy": test}
    model = published(f"jobs/{run.job_id}/model.keras", b"weights").model_copy(update=changes)
    services.store.put(keys.model(run.job_id), model.encode())
    write_end(services, run, JobState.SUCCEEDED)


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))
