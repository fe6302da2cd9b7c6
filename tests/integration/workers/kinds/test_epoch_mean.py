"""Trainings that publish the mean of their last epochs: checkpoints, crashes, cards, summaries and refits."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.models.model_card_text import markdown
from jobs.specs.train_spec import TrainSpec
from jobs.state import JobState
from ml.evaluation.accuracy import Evaluation
from ml.training.states import epoch_mean
from tests.few_flowers import make_flowers_few
from tests.integration.workers.kinds.test_refit_and_folds import REFIT, card_of, model_of, trained
from tests.integration.workers.kinds.test_train import (
    TRAIN,
    Stop,
    crash,
    end_of,
    pointer_of,
    stored_checkpoints,
    submitted,
)
from tests.unit.ml.conftest import register_tiny_net
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

TUNED: dict[str, Any] = {
    "backbone": "MobileNetV2",
    "weights": "imagenet",
    "epochs": 1,
    "fine_tune": {"epochs": 4, "layers": "all", "learning_rate": 0.001, "average_last": 3},
    "keep_checkpoints": 1,
}


@pytest.fixture(autouse=True)
def few_flowers(monkeypatch: pytest.MonkeyPatch) -> None:
    make_flowers_few(monkeypatch)


@pytest.fixture(autouse=True)
def means_are_better(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small network that can be fine-tuned, and means that are better than any epoch, the larger the better."""
    register_tiny_net(monkeypatch, "MobileNetV2")
    losses = iter(range(1000, 0, -1))
    monkeypatch.setattr(epoch_mean, "evaluate", lambda *_, **__: Evaluation(next(losses), 2.0, 18))


def test_a_training_that_crashes_before_its_last_epoch_publishes_the_mean_and_says_so(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submitted(services, **TUNED)
    with monkeypatch.context() as patched:
        Stop(patched, after=4, do=crash)
        assert "tried again" in run_step(job_id, TRAIN, services)
    assert {2, 3, 4} <= {one.epoch for one in pointer_of(services, job_id).checkpoints}, "the mean needs them"
    assert len(stored_checkpoints(services, job_id)) <= 4
    assert run_step(job_id, TRAIN, services) == "committed"
    run_step(job_id, "finalize", services)
    model, end = model_of(services, job_id), end_of(services, job_id)
    assert model.mean is not None
    assert (model.mean.epochs, model.mean.published) == ((3, 4, 5), True)
    assert model.validation_accuracy == 2.0
    assert end.summary is not None
    assert end.summary["published"] == "the mean of epochs 3 to 5"
    assert end.summary["accuracy_of_mean"] == 2.0
    assert model.best is not None
    assert end.summary["accuracy_of_best_epoch"] == model.best.validation_accuracy
    assert "the mean of epochs 3 to 5" in markdown(card_of(services, job_id))


def test_a_refit_publishes_the_mean_of_as_many_epochs_as_the_run_that_it_repeats(services: Services) -> None:
    first, _ = trained(services, **TUNED)
    again, end = trained(services, **TUNED, splits=REFIT, refit_of=first, folds=2)
    assert end.state is JobState.SUCCEEDED
    refit = model_of(services, again)
    assert len(refit.history) == len(model_of(services, first).history) == 5
    assert refit.mean is not None
    assert (refit.mean.epochs, refit.mean.published, refit.mean.validation_accuracy) == ((3, 4, 5), True, None)
    card = card_of(services, again)
    assert isinstance(card.spec, TrainSpec)
    assert card.refit is not None
    assert card.refit.averaged == 3
    text = markdown(card)
    assert "and the mean of the last 3, on more images" in text
    assert "the mean of epochs 3 to 5, as in the run that is repeated" in text
