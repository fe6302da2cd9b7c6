from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.models.artifact import Artifact
from jobs.models.environment import DataVersion, Environment, Hardware
from jobs.models.model import Calibration, CalibrationError, EpochMean, EpochMetrics, PublishedModel
from jobs.models.model_card import ModelCard, RepeatedRun, preprocessing
from jobs.models.model_card_text import markdown
from jobs.specs.train_spec import TrainSpec

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH = EpochMetrics(epoch=1, loss=1.25, accuracy=0.5, validation_loss=1.5, validation_accuracy=0.4321, seconds=2.5)
MODEL = PublishedModel(
    id="m",
    name="petals | stems",
    job_id="j",
    created_at=NOW,
    checkpoint=Artifact(name="model.keras", key="k", size=1234, sha256="ab" * 32),
    backbone="SmallCNN",
    weights="none",
    image_size=48,
    feature_layer="top",
    class_names=("rose", "lily"),
    dataset="synthetic_flowers",
    train_images=100,
    validation_images=50,
    test_images=25,
    test_accuracy=0.75,
    test_loss=0.5,
    history=(EPOCH,),
    best_epoch=1,
)
ENVIRONMENT = Environment(
    data=DataVersion(name="synthetic_flowers", version="1.0.0", digest="cd" * 32, splits={"train": 100}),
    python="3.11.7",
    platform="Linux",
    packages={"keras": "3.15.1"},
    hardware=Hardware(processor="a processor", cores=2, memory_bytes=2**34, accelerators=("a GPU",)),
)


def card(**changes: Any) -> ModelCard:
    spec = TrainSpec(kind="train", dataset="synthetic_flowers", backbone="SmallCNN", weights="none", seed=7)
    values: dict[str, Any] = {
        "model": MODEL,
        "spec": spec,
        "sweep_id": None,
        "preprocessing": preprocessing(MODEL),
        "started_at": NOW,
        "finished_at": NOW + timedelta(seconds=90),
        "wall_time_s": 95.0,
        "environment": ENVIRONMENT,
        **changes,
    }
    return ModelCard(**values)


def test_a_card_tells_all_that_it_takes_to_use_and_to_repeat_a_model() -> None:
    text = markdown(card())
    told = (
        "ab" * 32, "cd" * 32, "0.7500 on 25 images", "0.4321", "| Seed | 7 |", "keras | 3.15.1", "a processor, 2 cores",
        "16 GiB", "a GPU", "rose", "48 by 48 pixels", '"seed": 7', "| Wall time | 95 s |",
    )  # fmt: skip
    assert [each for each in told if each not in text] == []


def test_a_card_tells_how_pictures_become_the_input() -> None:
    text = markdown(card())
    assert "the short side scaled to 48 pixels (bilinear, with antialiasing), the centre cut out" in text


def test_a_card_survives_its_journey_through_json() -> None:
    assert ModelCard.decode(card().encode()) == card()


def test_text_of_users_does_not_break_the_tables() -> None:
    model = MODEL.model_copy(update={"dataset": "a|b"})
    assert "| Data set | a\\|b |" in markdown(card(model=model))


def test_a_model_that_was_not_tested_says_so() -> None:
    model = MODEL.model_copy(update={"test_accuracy": None, "test_loss": None})
    assert "| Test accuracy | not measured |" in markdown(card(model=model, environment=None))


def test_a_card_tells_what_the_logits_were_divided_by() -> None:
    model = MODEL.model_copy(update={"calibration": Calibration(temperature=0.5, error_before=0.3, error_after=0.02)})
    text = markdown(card(model=model))
    assert "| Temperature | 0.5000: logits are divided by it, within the model |" in text
    assert "| Validation calibration error | 0.0200, 0.3000 without the temperature |" in text


def test_a_card_tells_what_a_calibrated_model_would_get() -> None:
    after = CalibrationError(error=0.02, interval_95=(0.01, 0.03), perfect=0.015, perfect_p95=0.02, images=256)
    told = Calibration(temperature=0.5, error_before=0.3, error_after=0.02, after=after)
    text = markdown(card(model=MODEL.model_copy(update={"calibration": told})))
    assert "0.0200 (95 % interval 0.0100 to 0.0300; a perfectly calibrated model: 0.0150), 0.3000 without" in text


@pytest.mark.parametrize(
    ("published", "row"),
    [
        (True, "| Published weights | the mean of epochs 1 to 2, the best of 3 means that were tried: validation"),
        (False, "| Not published, because not better | the mean of epochs 1 to 2, the best of 3 means"),
    ],
)
def test_a_card_tells_whether_the_mean_or_the_best_epoch_is_published_and_how_good_both_are(
    published: bool, row: str
) -> None:
    mean = EpochMean(epochs=(1, 2), validation_loss=1.25, validation_accuracy=0.4444, tried=3, published=published)
    model = MODEL.model_copy(update={"history": (EPOCH, EPOCH), "best_epoch": 1, "mean": mean})
    text = markdown(card(model=model))
    assert row in text
    assert "accuracy 0.4444, loss 1.2500; epoch 1 of 2, the best single one, has 0.4321 and 1.5000" in text
    assert "| 1 to 2 | mean | – | – | – | 1.2500 | 0.4444 | – |" in text
    assert f"| Validation accuracy | {0.4444 if published else 0.4321:.4f} on 50 images |" in text
    assert ("| Published epoch | 1 of 2" in text) is not published


def test_a_single_mean_is_not_called_the_best_of_several() -> None:
    mean = EpochMean(epochs=(1, 2), validation_loss=1.25, validation_accuracy=0.4444, tried=1, published=True)
    model = MODEL.model_copy(update={"history": (EPOCH, EPOCH), "mean": mean})
    assert "the mean of epochs 1 to 2, the only one that was tried: validation" in markdown(card(model=model))


@pytest.mark.parametrize(
    ("epochs", "words"),
    [
        ((1, 2, 3), "the mean of epochs 1 to 3, as in the run that is repeated |"),
        ((2, 3), "the mean of epochs 2 to 3, not the mean of the last 3, as in the run that is repeated: a checkpoint"),
        ((), "the last epoch, not the mean of the last 3, as in the run that is repeated: a checkpoint was damaged |"),
    ],
)
def test_the_card_of_a_refit_tells_where_its_mean_is_not_that_of_the_run_that_it_repeats(
    epochs: tuple[int, ...], words: str
) -> None:
    unseen = EPOCH.model_copy(update={"validation_loss": None, "validation_accuracy": None})
    mean = EpochMean(epochs=epochs, validation_loss=None, validation_accuracy=None, tried=1, published=True)
    model = MODEL.model_copy(update={"history": (unseen,) * 3, "best_epoch": 3, "mean": mean if epochs else None})
    run = RepeatedRun(
        job_id="job-1",
        stop_after={"head": 1, "fine_tune": 2},
        temperature=None,
        validation_accuracy=0.5,
        validation_images=50,
        averaged=3,
    )
    assert f"| Published weights | {words}" in markdown(card(model=model, refit=run))


def test_of_many_classes_the_first_are_shown_and_the_rest_are_counted() -> None:
    model = MODEL.model_copy(update={"class_names": tuple(f"flower {n}" for n in range(102))})
    assert "and 82 more in the JSON" in markdown(card(model=model))
