"""Folders of pictures in the store, explained, judged and trained on through the steps of real jobs."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from dispatch.submission import submit
from jobs import keys
from jobs.job import Job, JobEnd, Origin
from jobs.listings.image_listing import ALL, ImageListing
from jobs.plan import Plan
from jobs.results.record import ImageRecord, Outcome
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data.datasets import describe, read
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from tests.unit.ml.data.test_image_folder import png_header
from workers.inputs.image_folders import image_folder
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

CLASSES = describe("synthetic_flowers").class_names
FOLDER = "datasets/mine"
SMALL_TRAINING = {
    "kind": "train",
    "backbone": "SmallCNN",
    "weights": "none",
    "image_size": 32,
    "epochs": 1,
    "batch_size": 9,
}


def put_flowers(services: Services, split: str, *, count: int, prefix: str = "") -> None:
    """Flowers with right labels, class by class, as PNG files."""
    for example in read("synthetic_flowers", split, stop=count):
        assert example.image is not None
        assert example.label is not None
        buffer = io.BytesIO()
        Image.fromarray(example.image).resize((40, 40)).save(buffer, "PNG")
        name = CLASSES[example.label].replace(" ", "_")
        services.store.put(f"{FOLDER}/{prefix}{name}/{example.image_id}.png", buffer.getvalue())


def run_all(services: Services, job_id: str) -> JobEnd:
    run_step(job_id, "plan", services)
    if services.store.head(keys.end(job_id)) is None:
        for step in Plan.decode(services.store.get(keys.plan(job_id))).steps:
            run_step(job_id, step, services)
        run_step(job_id, "finalize", services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def records(services: Services, job_id: str) -> dict[str, ImageRecord]:
    steps = [keys.step_of_report(info.key) for info in services.store.list(keys.reports(job_id))]
    found = (stored_report(services.store, job_id, step) for step in steps)
    return {record.image_id: record for report in found for record in report.records}


def explain(services: Services, **changes: Any) -> str:
    return submit_explanation(services, dataset=f"store:{FOLDER}", split="all", **changes)


def refusal(services: Services, job_id: str) -> tuple[str, str]:
    end = run_all(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    return end.error.field, end.error.message


def test_a_labelled_folder_is_explained_with_the_labels_of_the_model(services: Services) -> None:
    put_flowers(services, "test", count=9)
    job_id = explain(services, target="true")
    end = run_all(services, job_id)
    assert end.state is JobState.SUCCEEDED
    found = records(services, job_id)
    assert len(found) == 9
    for image_id, record in found.items():
        assert record.label is not None
        assert image_id.startswith(CLASSES[record.label].replace(" ", "_") + "/")
        assert record.target == record.label
        assert record.outcome in {Outcome.CORRECT, Outcome.WRONG}
    assert end.summary is not None
    assert end.summary["labels_left_out"] is None
    assert f"the model says {CLASSES[0]!r}, the data set {CLASSES[0].replace(' ', '_')!r}" in end.summary["spelling"]


def test_pictures_without_labels_are_explained_for_what_the_model_predicts(services: Services) -> None:
    put_flowers(services, "test", count=3, prefix="holiday/")
    job_id = explain(services)
    end = run_all(services, job_id)
    assert end.state is JobState.SUCCEEDED
    assert {record.outcome for record in records(services, job_id).values()} == {Outcome.EXPLAINED}
    assert end.summary is not None
    assert "no folder of the data set ('holiday') is a class of the model" in end.summary["labels_left_out"]
    assert end.summary["without_label"] == 3


def test_the_true_class_of_pictures_without_labels_is_no_target(services: Services) -> None:
    put_flowers(services, "test", count=1, prefix="holiday/")
    field, message = refusal(services, explain(services, target="true"))
    assert field == "target"
    assert "no folder of the data set ('holiday') is a class" in message


def test_a_folder_is_the_class_that_is_spelt_as_it_is_before_one_that_is_spelt_alike(services: Services) -> None:
    for folder in ("t-shirt", "t shirt", "T_Shirt"):
        services.store.put(f"{FOLDER}/{folder}/1.png", png_header(4, 4))
    job = Job.decode(services.store.get(keys.spec(explain(services))))
    found = image_folder(f"store:{FOLDER}", job, services, class_names=("t shirt", "t-shirt"))
    assert found is not None
    labels = {example.image_id: example.label for example in found.read("all")}
    assert (labels["t shirt/1.png"], labels["t-shirt/1.png"]) == (0, 1)
    assert labels["T_Shirt/1.png"] is not None


def test_bad_files_become_error_records_and_the_job_goes_on(services: Services) -> None:
    put_flowers(services, "test", count=6)
    bad = {
        "empty.jpg": b"",
        "bomb.png": png_header(50_000, 50_000),
        "text.webp": b"hello",
    }
    for name, data in bad.items():
        services.store.put(f"{FOLDER}/{name}", data)
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG")
    services.store.put(f"{FOLDER}/tiny.png", buffer.getvalue())
    services.store.put(f"{FOLDER}/readme.txt", b"not a picture")
    job_id = explain(services)
    end = run_all(services, job_id)
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    found = records(services, job_id)
    assert len(found) == 10
    assert {name for name, record in found.items() if record.error} == set(bad)
    assert "pixels" in (found["bomb.png"].error or "")
    assert found["tiny.png"].methods


def test_all_shards_mean_the_pictures_that_were_there_when_the_job_was_planned(services: Services) -> None:
    put_flowers(services, "test", count=8)
    job_id = explain(services, max_failure_rate=1, shard_size=4)
    run_step(job_id, "plan", services)
    listing = ImageListing.decode(services.store.get(keys.listing(job_id)))
    gone, changed = listing.images[2], listing.images[6]
    services.store.delete(f"{FOLDER}/{gone.path}")
    services.store.put(f"{FOLDER}/{changed.path}", b"another picture")
    services.store.put(f"{FOLDER}/aaa_new.png", b"new")
    run_all(services, job_id)
    found = records(services, job_id)
    assert list(found) == [image.path for image in listing.splits()[ALL]]
    assert "not any more" in (found[gone.path].error or "")
    assert "was changed" in (found[changed.path].error or "")


def test_a_retry_takes_up_the_pictures_that_the_first_job_saw(services: Services) -> None:
    put_flowers(services, "test", count=6)
    services.store.put(f"{FOLDER}/zzz_bad.png", b"")
    first = explain(services, max_failure_rate=1)
    run_all(services, first)
    put_flowers(services, "train", count=9)
    spec = Job.decode(services.store.get(keys.spec(first))).spec
    origin = Origin(retry_of=first)
    second = submit(spec, store=services.store, board=services.board, queue=services.queue, origin=origin).job.id
    end = run_all(services, second)
    assert list(records(services, second)) == ["zzz_bad.png"]
    assert end.summary is not None
    assert end.summary["pictures_replaced"] == 0


def test_a_retry_takes_the_new_bytes_of_a_picture_that_was_mended_and_says_so(services: Services) -> None:
    put_flowers(services, "test", count=6)
    for name in ("mended", "still_bad"):
        services.store.put(f"{FOLDER}/{name}.png", b"")
    first = explain(services)
    assert run_all(services, first).state is JobState.COMPLETED_WITH_ERRORS
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(buffer, "PNG")
    services.store.put(f"{FOLDER}/mended.png", buffer.getvalue())
    spec = Job.decode(services.store.get(keys.spec(first))).spec.model_copy(update={"max_failure_rate": 1.0})
    origin = Origin(retry_of=first)
    second = submit(spec, store=services.store, board=services.board, queue=services.queue, origin=origin).job.id
    end = run_all(services, second)
    errors = {name: record.error for name, record in records(services, second).items()}
    assert set(errors) == {"mended.png", "still_bad.png"}
    assert errors["mended.png"] is None
    assert "the file is empty" in str(errors["still_bad.png"])
    assert end.summary is not None
    assert end.summary["pictures_replaced"] == 1


def test_the_first_images_of_a_folder_are_of_all_its_classes(services: Services) -> None:
    put_flowers(services, "test", count=36)
    job_id = submit_explanation(services, dataset=f"store:{FOLDER}", split="all[0:9]")
    run_all(services, job_id)
    assert sorted(record.label for record in records(services, job_id).values() if record.label is not None) == [
        *range(9)
    ]


def test_shares_of_a_folder_are_splits_of_it_for_training(services: Services) -> None:
    put_flowers(services, "train", count=45)
    splits = {"train": "all[0%:60%]", "validation": "all[60%:80%]", "test": "all[80%:100%]"}
    spec = spec_adapter.validate_python({**SMALL_TRAINING, "dataset": f"store:{FOLDER}", "splits": splits})
    training = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    end = run_all(services, training)
    assert end.state is JobState.SUCCEEDED, end.error
    assert end.summary is not None
    assert [end.summary[f"{split}_images"] for split in ("train", "validation", "test")] == [27, 9, 9]


def test_a_folder_has_labels_of_one_kind(services: Services) -> None:
    put_flowers(services, "test", count=2)
    field, message = refusal(services, explain(services, label="coarse"))
    assert field == "label"
    assert "the names of its folders: leave 'label' out" in message


def test_folders_of_which_only_some_are_classes_are_refused(services: Services) -> None:
    put_flowers(services, "test", count=4)
    services.store.put(f"{FOLDER}/rosse/1.png", b"")
    field, message = refusal(services, explain(services))
    assert field == "dataset"
    assert "'rosse' are no classes of the model" in message


@pytest.mark.parametrize("files", [{}, {"notes.txt": b"hello"}])
def test_a_folder_without_pictures_is_refused(services: Services, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        services.store.put(f"{FOLDER}/{name}", data)
    field, message = refusal(services, explain(services))
    assert field == "dataset"
    assert "datasets/mine/" in message


def test_a_split_that_the_folder_has_not_is_refused_with_those_it_has(services: Services) -> None:
    put_flowers(services, "test", count=4)
    field, message = refusal(services, submit_explanation(services, dataset=f"store:{FOLDER}", split="test"))
    assert field == "split"
    assert "there are all" in message


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


def test_a_worker_lists_no_folder_where_results_lie(services: Services) -> None:
    services.store.put("jobs/other/attempts/1.png", png_header(4, 4))
    field, message = refusal(services, submit_explanation(services, dataset="store:jobs/other", split="all"))
    assert field == "dataset"
    assert "below 'datasets/', such as 'store:datasets/other'" in message


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
