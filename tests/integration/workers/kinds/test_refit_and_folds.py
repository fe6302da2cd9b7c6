"""Trainings that repeat another one on more images, and those that predict their own training images."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.models.model import PublishedModel
from jobs.models.model_card import ModelCard
from jobs.models.model_card_text import markdown
from jobs.plan import Plan
from jobs.state import JobState
from ml.errors import DatasetUnavailable
from ml.training.training_data import TrainingData
from store.memory import MemoryStore
from tests.few_flowers import make_flowers_few
from tests.integration.workers.kinds.test_train import end_of, submitted
from tests.shallow_network import make_small_cnn_shallow
from workers.kinds.audit.given.looked_at import SplitImages
from workers.kinds.audit.given.out_of_sample import out_of_sample
from workers.kinds.audit.given.seen_images import SeenImages
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


@pytest.fixture(autouse=True)
def few_flowers(monkeypatch: pytest.MonkeyPatch) -> None:
    make_flowers_few(monkeypatch)


@dataclass(frozen=True)
class Trained:
    """Two trainings that have ended: a plain one, and one with folds."""

    services: Services
    plain: str
    in_folds: str
    end_in_folds: JobEnd

    def copy_into(self, store: MemoryStore) -> None:
        """Put all that they left into another store."""
        for info in self.services.store.list(""):
            store.put(info.key, self.services.store.get(info.key))


@pytest.fixture(scope="module")
def before(shared_services: Services) -> Trained:
    """Both are made once; tests that train further do so in a store of their own."""
    with pytest.MonkeyPatch.context() as patched:
        make_flowers_few(patched)
        make_small_cnn_shallow(patched)
        plain, _ = trained(shared_services)
        in_folds, end = trained(shared_services, folds=2, epochs=1)
    return Trained(shared_services, plain, in_folds, end)


@pytest.fixture
def after_it(services: Services, before: Trained) -> Services:
    """A worker on a store in which both have ended."""
    assert isinstance(services.store, MemoryStore)
    before.copy_into(services.store)
    return services


def trained(services: Services, **changes: Any) -> tuple[str, JobEnd]:
    job_id = submitted(services, **{"epochs": 3, **changes})
    if services.store.head(keys.plan(job_id)) is not None:
        for step in (*Plan.decode(services.store.get(keys.plan(job_id))).steps, "finalize"):
            run_step(job_id, step, services)
    return job_id, end_of(services, job_id)


def model_of(services: Services, job_id: str) -> PublishedModel:
    return PublishedModel.decode(services.store.get(keys.model(job_id)))


def card_of(services: Services, job_id: str) -> ModelCard:
    file = next(file for file in model_of(services, job_id).files if file.name == "model_card.json")
    return ModelCard.decode(services.store.get(file.key))


REFIT = {"train": "train+validation", "validation": None, "test": "test"}


def test_a_refit_learns_from_both_splits_for_as_many_epochs_as_were_best(before: Trained, after_it: Services) -> None:
    services, first = after_it, before.plain
    run = model_of(services, first).model_copy(update={"best_epoch": 2})  # whichever of the three was
    services.store.put(keys.model(first), run.encode())
    again, end = trained(services, splits=REFIT, refit_of=first)
    assert end.state is JobState.SUCCEEDED
    refit = model_of(services, again)
    assert (refit.train_images, refit.validation_images, refit.test_images) == (54, 0, 18)
    assert len(refit.history) == refit.best_epoch == end.progress.total == 2
    assert all(each.validation_accuracy is None for each in refit.history)
    card = card_of(services, again)
    assert card.refit is not None
    assert card.refit.job_id == first
    assert run.calibration is not None
    assert card.refit.temperature == run.calibration.temperature
    assert f"job {first}" in markdown(card)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"refit_of": "nobody"}, "there is no job 'nobody'"),
        ({"epochs": 4}, "epochs is not that of"),
        ({"splits": {**REFIT, "test": "validation"}}, "has images of splits.train"),
        ({"splits": {**REFIT, "train": "train", "test": "validation[9:]"}}, "by which the epochs that are repeated"),
    ],
)
def test_a_refit_that_cannot_be_one_is_refused_before_anything_is_computed(
    before: Trained, after_it: Services, changes: dict[str, Any], words: str
) -> None:
    job_id, end = trained(after_it, **{"splits": REFIT, "refit_of": before.plain, **changes})
    assert after_it.store.head(keys.checkpoint(job_id, "train")) is None
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert words in end.error.message


def test_each_training_image_is_predicted_once_by_a_network_that_did_not_learn_from_it(before: Trained) -> None:
    services, job_id, end = before.services, before.in_folds, before.end_in_folds
    assert end.state is JobState.SUCCEEDED
    assert end.progress.done == end.progress.total == 3 * 1
    file = next(file for file in model_of(services, job_id).files if file.name == "out_of_sample.parquet")
    table = pq.read_table(io.BytesIO(services.store.get(file.key)))
    assert table["index"].to_pylist() == list(range(36))
    assert set(table["split"].to_pylist()) == {"train"}
    assert np.bincount(table["fold"].to_pylist()).tolist() == [0, 18, 18]
    probabilities = np.array(table["probabilities"].to_pylist())
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert probabilities.argmax(axis=1).tolist() == table["predicted"].to_pylist()
    told = card_of(services, job_id).out_of_sample
    assert told is not None
    assert (told.folds, told.images) == (2, 36)
    right = np.equal(table["predicted"].to_pylist(), table["label"].to_pylist()).mean()
    assert told.accuracy == pytest.approx(right)


def test_images_that_are_gone_when_they_are_to_be_predicted_end_the_job_with_what_to_mend(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: TrainingData) -> Iterator[None]:
        raise DatasetUnavailable("the data set is not on disk any more")
        yield

    monkeypatch.setattr(TrainingData, "held_out", gone)
    job_id = submitted(services, epochs=1, folds=2)
    run_step(job_id, Plan.decode(services.store.get(keys.plan(job_id))).steps[1], services)
    end = end_of(services, job_id)
    assert end.error is not None
    assert (end.state, end.error.field) == (JobState.FAILED, "dataset")
    assert "not on disk any more" in end.error.message


def test_more_folds_than_a_class_has_images_are_refused_before_anything_is_trained(services: Services) -> None:
    job_id, end = trained(services, folds=20)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "the smallest class" in end.error.message
    assert end.error.field == "folds"
    assert services.store.head(keys.checkpoint(job_id, "train")) is None


def test_an_audit_takes_the_predictions_of_the_folds_for_the_images_that_it_sees(before: Trained) -> None:
    services, job_id = before.services, before.in_folds
    model = model_of(services, job_id)
    file = next(file for file in model.files if file.name == "out_of_sample.parquet")
    table = pq.read_table(io.BytesIO(services.store.get(file.key))).slice(5, 8)
    labels = np.array(table["label"].to_pylist(), np.int32)
    found = out_of_sample(model, seen_of(table, labels), services.store)
    assert found is not None
    np.testing.assert_allclose(found, np.array(table["probabilities"].to_pylist()), rtol=1e-6)
    labels[0] = (labels[0] + 1) % len(model.class_names)
    relabelled = out_of_sample(model, seen_of(table, labels), services.store)
    assert relabelled is None, "one was learnt and judged with another label"


def seen_of(table: Any, labels: Any) -> SplitImages:
    """Images as an audit has seen them; what labels are judged by is all that counts here."""
    nothing = np.zeros((len(labels), 0))
    seen = SeenImages(
        image_ids=np.array(table["image_id"].to_pylist()),
        indices=np.array(table["index"].to_pylist()),
        labels=labels,
        logits=nothing.astype(np.float32),
        features=nothing.astype(np.float16),
        cues=nothing.astype(np.float32),
        thumbnails=np.zeros((len(labels), 64, 64, 3), np.uint8),
        measures=nothing,
    )
    return SplitImages("train[5:13]", seen)
