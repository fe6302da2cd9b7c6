from __future__ import annotations

import pytest

from dispatch.submission import submit
from jobs.specs.spec import spec_adapter
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.inputs.image_folders.conftest import (
    FOLDER,
    SMALL_TRAINING,
    explain,
    put_flowers,
    refusal,
)
from tests.unit.ml.data.test_image_folder import png_header
from workers.step.services import Services


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


def test_a_worker_lists_no_folder_where_results_lie(services: Services) -> None:
    services.store.put("jobs/other/attempts/1.png", png_header(4, 4))
    field, message = refusal(services, submit_explanation(services, dataset="store:jobs/other", split="all"))
    assert field == "dataset"
    assert "below 'datasets/', such as 'store:datasets/other'" in message


def test_a_worker_lists_no_folder_of_another_project(services: Services) -> None:
    services.store.put("datasets/@rose/mine/1.png", png_header(4, 4))
    field, message = refusal(services, submit_explanation(services, dataset="store:datasets/@rose/mine", split="all"))
    assert field == "dataset"
    assert "folders of the project 'default' are named store:datasets/<folder>" in message


@pytest.mark.parametrize(
    ("splits", "field"),
    [
        ({"train": "all", "validation": "validation", "test": "test"}, "splits.validation"),
        ({"train": "train", "validation": "validation", "test": "all"}, "splits.test"),
    ],
)
def test_a_training_does_not_judge_itself_by_what_all_pictures_of_the_folder_hold(
    services: Services, splits: dict[str, str], field: str
) -> None:
    for split in ("train", "validation", "test"):
        put_flowers(services, split, count=2, prefix=f"{split}/")
    spec = spec_adapter.validate_python({**SMALL_TRAINING, "dataset": f"store:{FOLDER}", "splits": splits})
    training = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    refused, message = refusal(services, training)
    assert refused == field
    assert "has images of splits.train" in message
