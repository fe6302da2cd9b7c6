"""The folders of a data set are classes of the model, or its pictures have no labels."""

from __future__ import annotations

from jobs import keys
from jobs.job import Job
from jobs.results.record import Outcome
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.inputs.image_folders.conftest import (
    CLASSES,
    FOLDER,
    explain,
    put_flowers,
    records,
    refusal,
    run_all,
)
from tests.unit.ml.data.test_image_folder import png_header
from workers.inputs.image_folders import image_folder
from workers.step.services import Services


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
    for folder in ("t-shirt", "t shirt"):
        services.store.put(f"{FOLDER}/{folder}/1.png", png_header(4, 4))
    job = Job.decode(services.store.get(keys.spec(explain(services))))
    found = image_folder(f"store:{FOLDER}", job, services, class_names=("t shirt", "t-shirt"))
    assert found is not None
    labels = {example.image_id: example.label for example in found.read("all")}
    assert labels == {"t shirt/1.png": 0, "t-shirt/1.png": 1}


def test_the_first_images_of_a_folder_are_of_all_its_classes(services: Services) -> None:
    put_flowers(services, "test", count=36)
    job_id = submit_explanation(services, dataset=f"store:{FOLDER}", split="all[0:9]")
    run_all(services, job_id)
    assert sorted(record.label for record in records(services, job_id).values() if record.label is not None) == [
        *range(9)
    ]
