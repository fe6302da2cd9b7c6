"""Where data sets lie, and which of these places jobs may read."""

from __future__ import annotations

import pytest

from jobs.errors import InvalidSpec
from jobs.names.dataset_place import DatasetPlace, check_place, check_project, place_of

ALLOWED = ("s3://pictures/flowers", "s3://open")


@pytest.mark.parametrize(
    ("dataset", "place"),
    [
        ("store:datasets/mine", DatasetPlace("", "datasets/mine/")),
        ("store:datasets/mine/train.parquet", DatasetPlace("", "datasets/mine/", "train.parquet")),
        ("s3://pictures/flowers/2026", DatasetPlace("s3://pictures", "flowers/2026/")),
        ("s3://pictures/flowers/0001.tar", DatasetPlace("s3://pictures", "flowers/", "0001.tar")),
        ("s3://pictures/TRAIN.TAR", DatasetPlace("s3://pictures", "", "TRAIN.TAR")),
        ("store:datasets/.hidden.tar", DatasetPlace("", "datasets/.hidden.tar/")),
        ("s3://open", DatasetPlace("s3://open", "")),
        ("s3://open/a.tar", DatasetPlace("s3://open", "", "a.tar")),
        ("oxford_flowers102", None),
    ],
)
def test_a_name_says_where_a_data_set_lies(dataset: str, place: DatasetPlace | None) -> None:
    assert place_of(dataset) == place


@pytest.mark.parametrize(
    "dataset",
    ["s3://pictures/flowers", "s3://pictures/flowers/", "s3://pictures/flowers/2026/a.tar", "s3://open/any", "mnist"],
)
def test_what_is_allowed_is_read_with_all_below_it(dataset: str) -> None:
    check_place(dataset, allowed=ALLOWED, field="dataset")


@pytest.mark.parametrize("dataset", ["s3://pictures", "s3://pictures/flowers2", "s3://opener", "s3://other/flowers"])
def test_what_is_not_allowed_is_refused_with_the_setting_that_would(dataset: str) -> None:
    with pytest.raises(
        InvalidSpec, match=r"\(s3://pictures/flowers, s3://open\).*FLORESCOPE_DATASET_PREFIXES"
    ) as refused:
        check_place(dataset, allowed=ALLOWED, field="base.dataset")
    assert refused.value.field == "base.dataset"
    with pytest.raises(InvalidSpec, match="none so far"):
        check_place(dataset, allowed=(), field="dataset")


@pytest.mark.parametrize("dataset", ["s3://open/../secret", "s3://open//a", "s3://pictures/flowers/./../x"])
def test_no_way_leads_out_of_what_is_allowed(dataset: str) -> None:
    with pytest.raises(InvalidSpec, match="segment"):
        check_place(dataset, allowed=ALLOWED, field="dataset")


@pytest.mark.parametrize("dataset", ["store:jobs/other", "store:datasets", "store:datasets/", "store:a.parquet"])
def test_only_what_lies_below_datasets_is_read_in_the_store(dataset: str) -> None:
    with pytest.raises(InvalidSpec, match="folders of pictures lie below 'datasets/'"):
        check_place(dataset, allowed=ALLOWED, field="dataset")


@pytest.mark.parametrize(
    ("dataset", "project"),
    [
        ("store:datasets/mine", "default"),
        ("store:datasets/flowers.tar", "default"),
        ("store:datasets/@rose/mine", "rose"),
        ("store:datasets/@rose/mine/train", "rose"),
        ("store:datasets/@rose/flowers.tar", "rose"),
    ],
)
def test_a_job_reads_the_folders_and_files_of_its_project(dataset: str, project: str) -> None:
    place = place_of(dataset)
    assert place is not None
    check_project(dataset, place, project=project, field="dataset")


@pytest.mark.parametrize("dataset", ["store:datasets/@rose", "store:datasets/@rose/", "store:datasets/@tulip/mine"])
def test_neither_all_that_a_project_has_nor_what_is_of_others_is_read(dataset: str) -> None:
    place = place_of(dataset)
    assert place is not None
    with pytest.raises(InvalidSpec, match="folders of the project 'rose' are named store:datasets/@rose/<folder>"):
        check_project(dataset, place, project="rose", field="dataset")
