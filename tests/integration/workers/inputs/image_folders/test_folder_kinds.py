"""A folder is trained on, swept over, evaluated and previewed."""

from __future__ import annotations

from typing import Any

from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd, Origin
from jobs.listings.image_listing import ImageListing
from jobs.results.record import Outcome
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.inputs.image_folders.conftest import (
    FOLDER,
    SMALL_TRAINING,
    put_flowers,
    records,
    run_all,
)
from tests.unit.ml.data.test_image_folder import png_header
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def test_shares_of_a_folder_are_splits_of_it_for_training(services: Services) -> None:
    put_flowers(services, "train", count=45)
    splits = {"train": "all[0%:60%]", "validation": "all[60%:80%]", "test": "all[80%:100%]"}
    spec = spec_adapter.validate_python({**SMALL_TRAINING, "dataset": f"store:{FOLDER}", "splits": splits})
    training = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    end = run_all(services, training)
    assert end.state is JobState.SUCCEEDED, end.error
    assert end.summary is not None
    assert [end.summary[f"{split}_images"] for split in ("train", "validation", "test")] == [27, 9, 9]


def test_a_labelled_folder_with_splits_can_be_trained_on_and_its_model_explained(services: Services) -> None:
    for split, count in (("train", 36), ("validation", 9), ("test", 9)):
        put_flowers(services, split, count=count, prefix=f"{split}/")
    spec = spec_adapter.validate_python({**SMALL_TRAINING, "dataset": f"store:{FOLDER}"})
    training = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    end = run_all(services, training)
    assert end.state is JobState.SUCCEEDED, end.error
    assert end.summary is not None
    assert (end.summary["train_images"], end.summary["test_images"]) == (36, 9)
    explained = submit_explanation(services, dataset=f"store:{FOLDER}", split="test", model=f"job:{training}")
    run_all(services, explained)
    assert all(record.label is not None for record in records(services, explained).values())


def plan_trial(services: Services, sweep: str, dataset: str) -> ImageListing:
    """What a trial of a sweep is to read once it is planned."""
    spec = spec_adapter.validate_python({**SMALL_TRAINING, "dataset": dataset})
    origin = Origin(parent=sweep)
    trial = submit(spec, store=services.store, board=services.board, queue=services.queue, origin=origin).job.id
    run_step(trial, "plan", services)
    return ImageListing.decode(services.store.get(keys.listing(trial)))


def test_each_trial_of_a_sweep_over_data_sets_reads_its_own_pictures(services: Services) -> None:
    for split in ("train", "validation", "test"):
        for folder in ("a", "b"):
            services.store.put(f"datasets/{folder}/{split}/rose/{folder}.png", png_header(4, 4))
    folders = ["store:datasets/a", "store:datasets/b"]
    document = {"kind": "sweep", "base": {**SMALL_TRAINING, "dataset": folders[0]}, "grid": {"dataset": folders}}
    spec = spec_adapter.validate_python(document)
    sweep = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    run_step(sweep, "plan", services)
    services.store.put("datasets/a/train/rose/late.png", png_header(4, 4))
    first, second = (plan_trial(services, sweep, folder) for folder in folders)
    assert first == ImageListing.decode(services.store.get(keys.listing(sweep)))
    assert [image.path for image in second.images] == ["test/rose/b.png", "train/rose/b.png", "validation/rose/b.png"]
    assert second.dataset == folders[1]


def run_kind(services: Services, **document: Any) -> tuple[str, JobEnd]:
    spec = spec_adapter.validate_python({"dataset": f"store:{FOLDER}", **document})
    job_id = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    return job_id, run_all(services, job_id)


def test_pictures_without_labels_are_not_evaluated_and_the_job_says_why(services: Services) -> None:
    put_flowers(services, "test", count=1, prefix="holiday/")
    _, end = run_kind(services, kind="evaluate", model="trained", split="all", corruptions=["noise"])
    assert end.error is not None
    assert end.error.field == "dataset"
    assert "no folder of the data set ('holiday') is a class of the model" in end.error.message


def test_a_labelled_folder_is_evaluated(services: Services) -> None:
    put_flowers(services, "test", count=9)
    job_id, end = run_kind(services, kind="evaluate", model="trained", split="all", corruptions=["noise"])
    assert end.state is JobState.SUCCEEDED
    assert len(records(services, job_id)) == 9
    assert {record.outcome for record in records(services, job_id).values()} <= {Outcome.CORRECT, Outcome.WRONG}


def test_a_folder_is_previewed(services: Services) -> None:
    put_flowers(services, "train", count=6)
    _, end = run_kind(services, kind="preview", split="all", images=4, image_size=64)
    assert end.state is JobState.SUCCEEDED
    assert end.summary == {"images": 4, "skipped": 0}
