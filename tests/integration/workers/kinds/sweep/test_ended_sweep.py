"""What a sweep leaves: the best model, and a table of all trials."""

from __future__ import annotations

import pytest

from dispatch.submission import request_cancel
from jobs import keys
from jobs.models.model import PublishedModel
from jobs.models.model_card import ModelCard
from jobs.results.manifest import Manifest
from jobs.state import JobState
from tests.few_flowers import make_flowers_few
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.kinds.sweep.conftest import (
    BASE,
    begin,
    end_of,
    look,
    look_at,
    submit_sweep,
    succeed,
    write_end,
)
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def files_of(services: Services, job_id: str) -> list[str]:
    return [file.name for file in Manifest.decode(services.store.get(keys.manifest(job_id))).files]


def cancel(services: Services, job_id: str) -> None:
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run_step(job_id, "finalize", services)


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
    make_flowers_few(monkeypatch)
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
