"""Files of many pictures, in the store and elsewhere in S3, explained and trained on through the steps of real jobs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from dispatch.submission import submit
from jobs import keys
from jobs.job import Job, JobEnd, Origin
from jobs.plan import Plan
from jobs.results.record import ImageRecord, Outcome
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data.datasets import describe
from store.base import ObjectStore
from store.open_store import open_store
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from tests.services.moto_server import MotoServer, moto_server
from tests.services.shards import parquet, pictures, png, samples, tar
from workers.lifecycle.run_step import run_step
from workers.step.services import DataFolders, Services

CLASSES = describe("synthetic_flowers").class_names
FOLDER = "datasets/shards"
BUCKET = "elsewhere"
TRAINING = {
    "kind": "train",
    "backbone": "SmallCNN",
    "weights": "none",
    "image_size": 32,
    "epochs": 1,
    "batch_size": 6,
}


def run_all(services: Services, job_id: str) -> JobEnd:
    run_step(job_id, "plan", services)
    if services.store.head(keys.end(job_id)) is None:
        for step in Plan.decode(services.store.get(keys.plan(job_id))).steps:
            run_step(job_id, step, services)
        run_step(job_id, "finalize", services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def explained(services: Services, **changes: Any) -> tuple[JobEnd, list[ImageRecord]]:
    job_id = submit_explanation(services, **{"dataset": f"store:{FOLDER}", "split": "all", **changes})
    return run_all(services, job_id), records_of(services, job_id)


def records_of(services: Services, job_id: str) -> list[ImageRecord]:
    steps = [keys.step_of_report(info.key) for info in services.store.list(keys.reports(job_id))]
    return [record for step in steps for record in stored_report(services.store, job_id, step).records]


def put(store: ObjectStore, name: str, data: bytes) -> None:
    store.put(f"{FOLDER}/{name}", data)


def test_tar_files_are_explained_with_the_classes_of_their_samples(services: Services) -> None:
    put(services.store, "train-0.tar", tar(samples(CLASSES[:4])))
    put(services.store, "test-0.tar", tar(samples(CLASSES[4:], first=4)))
    end, records = explained(services, split="test")
    assert end.state is JobState.SUCCEEDED, end.error
    assert {record.image_id: record.label for record in records} == {
        f"test-0/{each:04d}.png": each for each in range(4, 9)
    }
    end, records = explained(services)
    assert len(records) == 9


def test_numbers_in_tar_files_are_those_of_the_model(services: Services) -> None:
    put(services.store, "0.tar", tar(samples([str(number) for number in range(9)])))
    end, records = explained(services)
    assert end.state is JobState.SUCCEEDED
    assert {record.label for record in records} == set(range(9))


def test_fewer_numbers_than_the_model_has_classes_are_left_out_and_the_job_says_why(services: Services) -> None:
    put(services.store, "0.tar", tar(samples(["0", "1"])))
    end, records = explained(services)
    assert {record.outcome for record in records} == {Outcome.EXPLAINED}
    assert end.summary is not None
    assert end.summary["labels_left_out"] == "model and data set have 9 and 2 classes"


def test_damaged_members_and_files_are_error_records(services: Services) -> None:
    members = samples([str(number) for number in range(9)])
    members[4] = ("0002.png", b"no picture")
    whole = tar(members)
    put(services.store, "a.tar", whole)
    put(services.store, "b.tar", tar(samples(["0", "1"], first=20))[:1300])
    end, records = explained(services)
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    errors = {record.image_id: record.error for record in records if record.error}
    assert set(errors) == {"a/0002.png", "b.tar"}
    assert "it is text" in str(errors["a/0002.png"])
    assert "the tar file is damaged" in str(errors["b.tar"])


@pytest.mark.parametrize("reverse", [False, True])
def test_tables_are_explained_with_their_names_of_classes_in_any_order(services: Services, *, reverse: bool) -> None:
    names = CLASSES[::-1] if reverse else CLASSES
    labels = [names.index(name) for name in CLASSES]
    put(
        services.store,
        "data/test-00000-of-00001.parquet",
        parquet({"image": pictures(9), "label": labels}, names=names),
    )
    end, records = explained(services, split="test", target="true")
    assert end.state is JobState.SUCCEEDED, end.error
    assert [record.label for record in records] == list(range(9))
    assert records[3].image_id == "data/test-00000-of-00001/0000003 3.png"


def test_one_file_may_be_named(services: Services) -> None:
    for name in ("a", "b"):
        put(services.store, f"{name}.parquet", parquet({"image": pictures(3), "label": ["x", "y", "z"]}))
    end, records = explained(services, dataset=f"store:{FOLDER}/b.parquet")
    assert end.state is JobState.SUCCEEDED
    assert [record.image_id.partition("/")[0] for record in records] == ["b"] * 3


def test_a_table_that_cannot_be_read_is_one_error_record(services: Services) -> None:
    put(services.store, "a.parquet", parquet({"image": pictures(9), "label": list(range(9))}))
    put(services.store, "b.parquet", b"PAR1 and no more")
    end, records = explained(services)
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    assert [(record.image_id, bool(record.error)) for record in records][8:] == [
        ("a/0000008 8.png", False),
        ("b/0000000", True),
    ]


@pytest.mark.parametrize(
    ("files", "field", "words"),
    [
        ({"a.parquet": b"PAR1"}, "dataset", "cannot be read as Parquet"),
        ({"a.tar": b"no tar"}, "dataset", "damaged or cut off after 0 members"),
        ({"a.tar": tar([("a.txt", b"x")])}, "dataset", "its members are no pictures"),
        ({"a.tar": tar(samples(["0"])), "b.parquet": b""}, "dataset", "holds both .tar and .parquet"),
        (
            {"a.PARQUET": parquet({"image": pictures(1)}), "a.parquet": parquet({"image": pictures(1)})},
            "dataset",
            "pictures of 'a.PARQUET' and of 'a.parquet' would have the same ids: give one of the files another name",
        ),
        ({"a.tar.gz": b""}, "dataset", "'a.tar.gz' is packed: unpack it first"),
        (
            {"assets/preview.png": png(1), "data/test-0.parquet": parquet({"image": pictures(2)})},
            "dataset",
            "holds pictures, such as 'assets/preview.png', and files of many, such as 'data/test-0.parquet'",
        ),
        (
            {"a.parquet": parquet({"image": pictures(1)}), "b.parquet": parquet({"photo": pictures(1)})},
            "dataset",
            "'a.parquet' and 'b.parquet' name columns or classes differently",
        ),
        (
            {
                "test-0.parquet": parquet({"image": pictures(2), "label": [0, 1]}, names=["tulip", "violet"]),
                "train-0.parquet": parquet({"image": pictures(2), "label": [0, 1]}, names=["rose", "tulip", "violet"]),
            },
            "dataset",
            "'test-0.parquet' and 'train-0.parquet' name columns or classes differently",
        ),
        ({"a.parquet": parquet({"image": pictures(1), "size": [1.5]})}, "label", "the feature 'breed' does not exist"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused_by_the_field(
    services: Services, files: dict[str, bytes], field: str, words: str
) -> None:
    for name, data in files.items():
        put(services.store, name, data)
    end, _ = explained(services, **({"label": "breed"} if field == "label" else {}))
    assert end.error is not None
    assert (end.error.field, words in end.error.message) == (field, True), end.error


def test_labels_count_also_where_the_first_table_has_none(services: Services) -> None:
    put(services.store, "a-test.parquet", parquet({"image": pictures(2)}))
    put(services.store, "b-train.parquet", parquet({"image": pictures(9), "label": list(range(9))}, names=CLASSES))
    end, records = explained(services)
    assert end.state is JobState.SUCCEEDED, end.error
    assert [record.label for record in records] == [None, None, *range(9)]


def test_a_retry_reads_a_table_that_was_mended_and_says_where_its_rows_are_others(services: Services) -> None:
    def rows(first: bytes) -> bytes:
        return parquet({"image": [{"bytes": first, "path": None}, *pictures(8)]})

    for name, data in (("a", rows(png(1))), ("b", rows(b"no picture")), ("c", b"PAR1 and no more")):
        put(services.store, f"{name}.parquet", data)
    first = submit_explanation(services, dataset=f"store:{FOLDER}", split="all", max_failure_rate=1)
    assert run_all(services, first).state is JobState.COMPLETED_WITH_ERRORS
    for name in "bc":
        put(services.store, f"{name}.parquet", rows(png(1)))
    spec = Job.decode(services.store.get(keys.spec(first))).spec
    origin = Origin(retry_of=first)
    second = submit(spec, store=services.store, board=services.board, queue=services.queue, origin=origin).job.id
    run_all(services, second)
    errors = {record.image_id: record.error for record in records_of(services, second)}
    assert set(errors) == {"b/0000000", "c/0000000"}
    assert errors["b/0000000"] is None
    assert "the file could not be read when the job was planned, and has 9 now: submit" in str(errors["c/0000000"])


@pytest.mark.parametrize("kind", ["tar", "parquet"])
def test_a_model_is_trained_on_them(services: Services, kind: str) -> None:
    words = ["rose", "tulip"] * 9
    data = tar(samples(words)) if kind == "tar" else parquet({"image": pictures(18), "label": words})
    put(services.store, f"0.{kind}", data)
    splits = {"train": "all[0:12]", "validation": "all[12:18]", "test": None}
    spec = spec_adapter.validate_python({**TRAINING, "dataset": f"store:{FOLDER}", "splits": splits})
    job_id = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    end = run_all(services, job_id)
    assert end.state is JobState.SUCCEEDED, end.error
    assert end.summary is not None
    assert (end.summary["train_images"], end.summary["validation_images"]) == (12, 6)


@pytest.fixture(scope="module")
def server() -> Iterator[MotoServer]:
    with moto_server() as running:
        running.create_bucket(BUCKET)
        yield running


@pytest.fixture
def bucket(services: Services, server: MotoServer) -> tuple[Services, ObjectStore]:
    """A worker that may read pictures elsewhere in S3, and the bucket where they lie."""
    folders = DataFolders(s3_prefixes=(f"s3://{BUCKET}/open",), s3=server.options)
    return dataclasses.replace(services, folders=folders), open_store(f"s3://{BUCKET}", s3=server.options)


def test_a_prefix_in_s3_is_a_data_set_that_is_not_copied(bucket: tuple[Services, ObjectStore]) -> None:
    services, elsewhere = bucket
    for name in CLASSES:
        elsewhere.put(f"open/flowers/{name}/1.png", png(80))
    end, records = explained(services, dataset=f"s3://{BUCKET}/open/flowers")
    assert end.state is JobState.SUCCEEDED, end.error
    assert {record.image_id for record in records} == {f"{name}/1.png" for name in CLASSES}
    assert not [info.key for info in services.store.list("") if info.key.endswith("/1.png")]


@pytest.mark.parametrize("name", ["a.tar", "a.parquet"])
def test_files_of_many_pictures_are_read_in_parts_from_s3(bucket: tuple[Services, ObjectStore], name: str) -> None:
    services, elsewhere = bucket
    numbers = list(range(9))
    made = (
        tar(samples(list(map(str, numbers)))) if name == "a.tar" else parquet({"image": pictures(9), "label": numbers})
    )
    elsewhere.put(f"open/many/{name}", made)
    end, records = explained(services, dataset=f"s3://{BUCKET}/open/many/{name}")
    assert end.state is JobState.SUCCEEDED, end.error
    assert {record.label for record in records} == set(numbers)


def test_other_places_in_s3_are_not_read(bucket: tuple[Services, ObjectStore]) -> None:
    services, elsewhere = bucket
    elsewhere.put("closed/1.png", png(80))
    end, _ = explained(services, dataset=f"s3://{BUCKET}/closed")
    assert end.error is not None
    assert "FLORESCOPE_DATASET_PREFIXES" in end.error.message
