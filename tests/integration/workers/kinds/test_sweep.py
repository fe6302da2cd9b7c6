"""A sweep, look by look, with real Redis; the ends of most trials are written as their workers would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.submission import request_cancel, submit
from jobs import keys
from jobs.job import Job, JobEnd, Problem, Snapshot
from jobs.live.progress import Progress
from jobs.models.model import EpochMetrics, PublishedModel
from jobs.models.model_card import ModelCard
from jobs.results.manifest import Manifest
from jobs.results.trial_run import TrialRun, TrialRuns
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data.synthetic import synthetic_flowers
from tests.integration.workers.conftest import published, submit_explanation
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


def children(services: Services, job_id: str) -> list[Job]:
    stored = [info.key for info in services.store.list(keys.JOBS_PREFIX) if info.key.endswith("/spec.json")]
    return [job for key in stored if (job := Job.decode(services.store.get(key))).parent == job_id]


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def files_of(services: Services, job_id: str) -> list[str]:
    return [file.name for file in Manifest.decode(services.store.get(keys.manifest(job_id))).files]


def cancel(services: Services, job_id: str) -> None:
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run_step(job_id, "finalize", services)


def test_a_look_begins_trials_and_leaves_the_worker(services: Services) -> None:
    job_id = submit_sweep(services)
    assert run_step(job_id, "sweep", services) == "trials are under way"
    begun = children(services, job_id)
    assert [job.spec.name for job in begun] == ["rates / trial 0"]
    assert services.leases.held(job_id, ["sweep"]) == set()
    assert services.board.counters.due(job_id).keys() == {"sweep"}
    assert {(job.id, "plan") for job in begun} <= services.queue.waiting()


def test_the_first_trial_goes_ahead_and_the_others_follow_once_it_learns(services: Services) -> None:
    job_id = submit_sweep(services, parallel=3)
    assert len(look(services, job_id)) == 1
    assert len(look(services, job_id)) == 1
    assert [run.trial for run in begin(services, job_id)] == [0, 1, 2]


def test_a_look_that_is_repeated_begins_nothing_twice(services: Services) -> None:
    job_id = submit_sweep(services)
    first = begin(services, job_id)
    assert look(services, job_id) == first
    assert len(children(services, job_id)) == 2


@pytest.mark.parametrize("lost", ["the book", "a trial"])
def test_a_look_that_was_killed_half_way_is_completed(services: Services, lost: str) -> None:
    job_id = submit_sweep(services)
    first = begin(services, job_id)
    if lost == "the book":
        services.store.delete(keys.trials(job_id))
    else:
        services.store.delete(keys.spec(first[1].job_id))
        services.store.delete(keys.active(first[1].job_id))
    look(services, job_id)
    assert look(services, job_id) == first
    assert {job.id for job in children(services, job_id)} == {run.job_id for run in first}
    assert services.store.head(keys.active(first[1].job_id)) is not None


def test_a_trial_that_was_stored_but_never_rung_for_is_rung_for(services: Services) -> None:
    job_id = submit_sweep(services)
    run = begin(services, job_id)[0]
    services.store.delete(keys.active(run.job_id))
    look(services, job_id)
    assert services.store.head(keys.active(run.job_id)) is not None


def test_a_trial_that_ends_makes_room_for_the_next(services: Services) -> None:
    job_id = submit_sweep(services)
    succeed(services, begin(services, job_id)[0], 0.5)
    runs = look(services, job_id)
    assert [(run.trial, run.state.value) for run in runs] == [(0, "succeeded"), (1, "queued"), (2, "queued")]
    assert runs[0].seconds == 7
    snapshot = services.board.progress.snapshot(job_id)
    assert snapshot is not None
    assert (snapshot.progress.done, snapshot.progress.total, snapshot.progress.unit) == (1, 3, "trials")
    assert "best validation accuracy 0.5" in snapshot.progress.message


def test_the_end_of_a_trial_rings_for_the_sweep_at_once(services: Services) -> None:
    job_id = submit_sweep(services)
    run = begin(services, job_id)[0]
    services.store.put(keys.cancel(run.job_id), b"")
    run_step(run.job_id, "finalize", services)
    assert (job_id, "sweep") in services.queue.waiting()


def test_many_looks_with_dead_workers_in_between_do_not_add_up_to_a_failure(services: Services) -> None:
    job_id = submit_sweep(services)
    for _ in range(7):
        services.board.counters.count_attempt(job_id, "sweep")  # a worker that began and died
        assert run_step(job_id, "sweep", services) == "trials are under way"


def test_one_failed_trial_is_a_row_with_its_error_and_the_best_of_the_others_is_published(services: Services) -> None:
    job_id = submit_sweep(services)
    first, second = begin(services, job_id)
    write_end(services, first, JobState.FAILED, error="the loss is not a number")
    succeed(services, second, 0.6, test=0.9)
    third = look(services, job_id)[2]
    succeed(services, third, 0.8, test=0.1)
    assert run_step(job_id, "sweep", services) == "committed"
    run_step(job_id, "finalize", services)
    end = end_of(services, job_id)
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    assert end.summary is not None
    assert (end.summary["trials"], end.summary["failed"], end.summary["best"]["trial"]) == (3, 1, 2)
    model = PublishedModel.decode(services.store.get(keys.model(job_id)))
    assert (model.id, model.name, model.job_id) == (job_id, "rates", third.job_id)
    assert model.checkpoint.key == f"jobs/{third.job_id}/model.keras"
    table = services.store.get(keys.file(job_id, "leaderboard.csv")).decode().splitlines()
    assert table[0].startswith("rank,trial,rung,epochs,seed,validation_accuracy")
    assert [line.split(",")[1] for line in table[1:]] == ["2", "1", "0"]
    assert "the loss is not a number" in table[3]
    assert files_of(services, job_id) == ["leaderboard.csv", "leaderboard.json", "figures/leaderboard.png"]


def test_when_all_trials_fail_the_sweep_fails_with_the_first_reason(services: Services) -> None:
    job_id = submit_sweep(services, grid={"seed": [0, 1]})
    for run in begin(services, job_id):
        write_end(services, run, JobState.FAILED, error="out of memory")
    assert "failed" in run_step(job_id, "sweep", services)
    end = end_of(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "none of 2 trials left a model; trial 0: out of memory" in end.error.message


def test_a_trial_whose_model_is_gone_is_a_failed_trial(services: Services) -> None:
    job_id = submit_sweep(services)
    run = begin(services, job_id)[0]
    write_end(services, run, JobState.SUCCEEDED)
    assert "its model cannot be read" in look(services, job_id)[0].error


def test_with_halving_the_best_go_on_as_new_jobs_with_more_epochs(services: Services) -> None:
    job_id = submit_sweep(services, parallel=3, halving={"factor": 3, "min_epochs": 1})
    for run, accuracy in zip(begin(services, job_id), (0.2, 0.7, 0.4), strict=True):
        assert run.epochs == 1
        succeed(services, run, accuracy)
    last = look(services, job_id)[-1]
    assert (last.trial, last.rung, last.epochs) == (1, 1, 4)
    spec = Job.decode(services.store.get(keys.spec(last.job_id))).spec
    assert (spec.name, getattr(spec, "seed", None), getattr(spec, "epochs", None)) == ("rates / trial 1 rung 1", 1, 4)


def test_cancelling_a_sweep_cancels_its_trials(services: Services) -> None:
    job_id = submit_sweep(services)
    over, running = begin(services, job_id)
    succeed(services, over, 0.5)
    cancel(services, job_id)
    assert end_of(services, job_id).state is JobState.CANCELLED
    assert services.store.head(keys.cancel(running.job_id)) is not None
    assert services.store.head(keys.cancel(over.job_id)) is None
    assert run_step(job_id, "sweep", services) == "job is over"


def test_a_cancelled_sweep_is_left_with_the_leaderboard_of_the_trials_that_are_over(services: Services) -> None:
    job_id = submit_sweep(services)
    first, second = begin(services, job_id)
    succeed(services, first, 0.5)
    look(services, job_id)
    succeed(services, second, 0.75)  # after the last look
    cancel(services, job_id)
    assert files_of(services, job_id) == ["leaderboard.csv", "leaderboard.json", "figures/leaderboard.png"]
    table = services.store.get(keys.file(job_id, "leaderboard.csv")).decode().splitlines()
    assert [line.split(",")[:2] for line in table[1:]] == [["1", "1"], ["2", "0"]]
    assert services.store.head(keys.model(job_id)) is None


def test_a_sweep_that_is_cancelled_before_a_trial_is_over_is_left_with_no_leaderboard(services: Services) -> None:
    job_id = submit_sweep(services)
    begin(services, job_id)
    cancel(services, job_id)
    assert files_of(services, job_id) == []


def test_a_failed_sweep_is_left_with_a_table_of_what_went_wrong(services: Services) -> None:
    job_id = submit_sweep(services, grid={"seed": [0, 1]})
    for run in begin(services, job_id):
        write_end(services, run, JobState.FAILED, error=f"trial {run.trial} is out of memory")
    run_step(job_id, "sweep", services)
    assert files_of(services, job_id) == ["leaderboard.csv", "leaderboard.json"]
    table = services.store.get(keys.file(job_id, "leaderboard.csv")).decode()
    assert "trial 0 is out of memory" in table
    assert "trial 1 is out of memory" in table


def test_a_base_that_cannot_be_trained_is_refused_when_planning(services: Services) -> None:
    job_id = submit_sweep(services, base={**BASE, "splits": {"train": "holdout"}})
    end = end_of(services, job_id)
    assert (end.state, end.error and end.error.field) == (JobState.FAILED, "base.splits.train")


def test_a_sweep_of_real_trainings_ends_with_a_model_that_can_be_explained(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic_flowers, "SPLITS", {"train": 36, "validation": 18, "test": 18})
    base = {**BASE, "epochs": 2, "batch_size": 16, "splits": {"test": None}}
    job_id = submit_sweep(services, base=base, grid={"optimizer.learning_rate": [0.01, 0.0001]})
    for run in begin(services, job_id):
        for step in ("plan", "train", "finalize"):
            run_step(run.job_id, step, services)
    assert run_step(job_id, "sweep", services) == "committed"
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.SUCCEEDED
    model = PublishedModel.decode(services.store.get(keys.model(job_id)))
    assert model.best_epoch is not None
    chosen = model.history[model.best_epoch - 1].validation_accuracy
    assert chosen == max(run.validation_accuracy or 0 for run in look_at(services, job_id))
    assert [file.name for file in model.files] == [
        "model_card.json",
        "model_card.md",
        "figures/learning_curves.png",
    ]
    card = ModelCard.decode(services.store.get(model.files[0].key))
    assert card.sweep_id == job_id
    assert card.environment is not None
    assert card.environment.data.splits["train"] == card.model.train_images == 36
    explained = submit_explanation(services, model=f"job:{job_id}", split="test[0:2]")
    for step in ("plan", "shard-00000", "finalize"):
        run_step(explained, step, services)
    assert end_of(services, explained).state is JobState.SUCCEEDED
