from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from jobs.models.artifact import Artifact
from jobs.models.model import EpochMean, EpochMetrics, PublishedModel

HISTORY = tuple(
    EpochMetrics(epoch=number, loss=1, accuracy=1, validation_loss=1, validation_accuracy=accuracy, seconds=1)
    for number, accuracy in enumerate([0.5, 0.9, 0.7], start=1)
)
MODEL = PublishedModel(
    id="m",
    name=None,
    job_id="j",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    checkpoint=Artifact(name="model.keras", key="k", size=1, sha256="ab" * 32),
    image_size=32,
    feature_layer="top",
    class_names=("rose",),
    history=HISTORY,
)


def test_the_published_epoch_is_the_one_whose_weights_these_are() -> None:
    published = MODEL.model_copy(update={"best_epoch": 3}).published
    assert published is not None
    assert published.validation_accuracy == 0.7


@pytest.mark.parametrize(("published", "epochs", "accuracy"), [(True, (2, 3), 0.95), (False, (2,), 0.9)])
def test_a_mean_of_epochs_is_measured_as_such_where_it_is_published(
    published: bool, epochs: tuple[int, ...], accuracy: float
) -> None:
    mean = EpochMean(epochs=(2, 3), validation_loss=0.4, validation_accuracy=0.95, tried=1, published=published)
    model = MODEL.model_copy(update={"best_epoch": 2, "mean": mean})
    assert PublishedModel.decode(model.encode()) == model
    assert (model.published_epochs, model.validation_accuracy) == (epochs, accuracy)
    assert model.best == HISTORY[1]


def test_of_a_model_without_a_history_no_epoch_is_known() -> None:
    assert MODEL.model_copy(update={"history": (), "best_epoch": None}).published is None


def test_a_model_of_an_older_release_takes_squares_of_rgb() -> None:
    document = json.loads(MODEL.encode())
    for name in ("image_width", "channels"):
        del document[name]
    found = PublishedModel.decode(json.dumps(document).encode())
    assert (found.height_and_width, found.channels) == ((32, 32), 3)


def test_a_model_that_is_not_square_says_height_then_width() -> None:
    assert MODEL.model_copy(update={"image_width": 64}).height_and_width == (32, 64)
