"""Jobs on data sets of TFDS with several labels, of which one is chosen."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.plan import Plan
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.services.tiny_dataset import write_features
from workers.lifecycle.run_step import run_step
from workers.step.services import DataFolders, Services


@pytest.fixture
def here(services: Services, tmp_path: Path) -> Services:
    """A worker with a data set of eighteen pictures that are labelled in two ways: of nine classes, and of two."""
    import tensorflow_datasets as tfds  # noqa: PLC0415  (its import takes seconds)

    features = {
        "image": tfds.features.Image(shape=(32, 32, 3)),
        "fine": tfds.features.ClassLabel(num_classes=9),
        "coarse": tfds.features.ClassLabel(num_classes=2),
    }
    rows = [
        {"image": np.full((32, 32, 3), 10 * number, np.uint8), "fine": number % 9, "coarse": number % 2}
        for number in range(18)
    ]
    write_features(tmp_path, features, {"train": rows, "validation": rows[:6], "test": rows[:4]}, name="flowers_twice")
    return dataclasses.replace(services, folders=DataFolders(tfds=tmp_path))


def run_all(services: Services, job_id: str) -> JobEnd:
    run_step(job_id, "plan", services)
    if services.store.head(keys.end(job_id)) is None:
        for step in Plan.decode(services.store.get(keys.plan(job_id))).steps:
            run_step(job_id, step, services)
        run_step(job_id, "finalize", services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def explained(services: Services, **changes: Any) -> JobEnd:
    return run_all(services, submit_explanation(services, dataset="flowers_twice", split="test", **changes))


def test_the_label_that_is_chosen_counts(here: Services) -> None:
    end = explained(here, label="fine", target="true")
    assert end.state is JobState.SUCCEEDED, end.error
    assert end.summary is not None
    assert end.summary["accuracy"] is not None


def test_a_label_of_other_classes_is_left_out_and_the_job_says_why(here: Services) -> None:
    end = explained(here, label="coarse")
    assert end.summary is not None
    assert end.summary["labels_left_out"] == "model and data set have 9 and 2 classes"


@pytest.mark.parametrize(("label", "words"), [(None, "has several labels: say which"), ("corse", "'coarse', 'fine'")])
def test_without_a_choice_the_job_is_refused_by_the_field(here: Services, label: str | None, words: str) -> None:
    end = explained(here, label=label)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert (end.error.field, words in end.error.message) == ("label", True), end.error


def test_a_data_set_with_one_kind_of_labels_takes_no_choice(here: Services) -> None:
    end = run_all(here, submit_explanation(here, label="petals"))
    assert end.error is not None
    assert end.error.field == "label"


def test_a_model_is_trained_on_the_label_that_is_chosen(here: Services) -> None:
    training = {
        "kind": "train",
        "dataset": "flowers_twice",
        "label": "coarse",
        "splits": {"test": None},
        "backbone": "SmallCNN",
        "weights": "none",
        "image_size": 32,
        "epochs": 1,
        "batch_size": 6,
    }
    spec = spec_adapter.validate_python(training)
    job_id = submit(spec, store=here.store, board=here.board, queue=here.queue).job.id
    end = run_all(here, job_id)
    assert end.state is JobState.SUCCEEDED, end.error
    assert end.summary is not None
    assert end.summary["train_images"] == 18
