"""What a job has found comes as tables, images and files."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from florescope import Client, DownloadIncomplete, Job, MissingPackage, NoSuchTable, NotFound, Refused
from jobs.results.columns import COLUMNS
from tests.services.light_explanations import light_spec
from tests.services.mapped_explanations import BROKEN, SIDE, heatmap

NAMES = [column.name for column in COLUMNS]
WRONG = [f"flower {index}.jpg" for index in (9, 7, 5, 1)]
"""Wrong images, those with the greatest confidence first."""


def ids(rows: Any) -> list[str]:
    """The ids of the images of a table of any kind."""
    column = rows["image_id"]
    return [row[0] for row in column.fetchall()] if hasattr(column, "fetchall") else [*map(str, column)]


def test_the_whole_table_comes_to_arrow_pandas_and_duckdb_alike(explained: Job) -> None:
    results = explained.results()
    table = results.arrow()
    assert table.column_names == NAMES
    assert table.column("index").to_pylist() == list(range(10))
    assert list(results.pandas()["image_id"]) == table.column("image_id").to_pylist()
    assert results.duckdb().filter("outcome = 'error'").project("index").fetchall() == [(BROKEN,)]


def test_the_file_is_the_one_of_the_job_and_is_fetched_once(explained: Job) -> None:
    file = next(file for file in explained.files() if file.name == "results.parquet")
    path = explained.results().path
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    before = path.stat().st_ino
    assert explained.results().path.stat().st_ino == before


def test_threads_that_want_the_same_files_download_each_once(explained: Job, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        fetched = [*threads.map(lambda _: explained.fetch(tmp_path), range(8))]
        paths = {future.result().path for future in [threads.submit(explained.results) for _ in range(8)]}
    downloads = Counter(each.file.name for found in fetched for each in found if each.downloaded)
    assert downloads == Counter(file.name for file in explained.files())
    assert [each.error for found in fetched for each in found if each.error] == []
    assert len(paths) == 1


@pytest.mark.parametrize("form", ["arrow", "pandas", "duckdb"])
def test_chosen_images_come_in_the_order_of_the_list(explained: Job, form: str) -> None:
    rows = getattr(explained.results(outcome="wrong", sort="-confidence"), form)()
    assert ids(rows) == WRONG
    assert list(rows.column_names if form == "arrow" else rows.columns) == NAMES


@pytest.mark.parametrize("form", ["arrow", "pandas", "duckdb"])
def test_no_image_is_a_table_without_rows(explained: Job, form: str) -> None:
    assert ids(getattr(explained.results(range={"confidence": (0.9, None)}), form)()) == []


def test_as_many_images_come_as_are_asked_for(explained: Job) -> None:
    assert [image.id for image in explained.images(limit=2, outcome="wrong", sort="-confidence")] == WRONG[:2]
    assert ids(explained.results(limit=3).arrow()) == [f"flower {index}.jpg" for index in range(3)]
    assert list(explained.images(limit=0)) == []


def test_images_come_with_what_was_found_of_them(explained: Job) -> None:
    images = list(explained.images(outcome=["wrong", "error"], sort="-confidence"))
    assert [image.id for image in images] == [*WRONG, f"flower {BROKEN}.jpg"]
    assert images[0].record["methods"][0]["values"] == {"focus": 0.9}
    assert (images[-1].error, images[-1].methods) == ("cannot be decoded", [])


def test_images_are_there_while_the_job_runs_and_the_table_is_not(stack: Any, client: Client) -> None:
    job = client.submit(light_spec(8))
    stack.work_on(job, finalize=False)
    assert len(list(job.images())) == 8
    with pytest.raises(NoSuchTable, match=r"is written at its end: job.images\(\) gives"):
        job.results()


def test_a_filter_that_is_none_is_refused(explained: Job) -> None:
    with pytest.raises(Refused, match="unknown query parameter"):
        explained.results(outcom="wrong")


def test_a_kind_of_job_without_a_table_says_so(client: Client) -> None:
    job = client.submit(kind="train", dataset="synthetic_flowers", backbone="SmallCNN", weights="none")
    with pytest.raises(NoSuchTable, match="kind train has no table"):
        job.results()


@pytest.mark.parametrize(("package", "form"), [("pyarrow", "arrow"), ("pandas", "pandas"), ("duckdb", "duckdb")])
def test_a_package_that_is_missing_is_named(
    explained: Job, monkeypatch: pytest.MonkeyPatch, package: str, form: str
) -> None:
    results = explained.results()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match=rf"pip install 'florescope\[{package}\]'"):
        getattr(results, form)()


def test_raw_maps_come_as_numbers_by_name(explained: Job) -> None:
    image = explained.image("flower 7.jpg")
    assert list(image.maps) == image.methods == ["gradcam"]
    found = image.map("gradcam")
    assert found.dtype == np.float32
    assert found.shape == (SIDE, SIDE)
    np.testing.assert_allclose(found, heatmap(7), rtol=1e-3)  # they are kept as float16
    with pytest.raises(NotFound, match="no raw map 'lime'; kept are gradcam"):
        image.map("lime")


def test_an_image_without_maps_has_none(explained: Job) -> None:
    image = explained.image(f"flower {BROKEN}.jpg")
    assert image.maps == {}
    with pytest.raises(NotFound, match="has no picture"):
        image.picture()


def test_a_photograph_that_is_nowhere_is_an_error(explained: Job) -> None:
    with pytest.raises(NotFound, match="there is no photograph of image"):
        explained.image("flower 7.jpg").photograph()


def test_a_picture_is_the_one_of_the_image(explained: Job) -> None:
    image = explained.image("flower 7.jpg")
    assert image.picture() == image.picture("gradcam") == b"picture 7"
    with pytest.raises(NotFound, match="no picture 'lime'; it has gradcam"):
        image.picture("lime")


@pytest.mark.parametrize("image_id", ["flower 70.jpg", "", "../x", "flower"])
def test_an_image_that_is_none_is_an_error(explained: Job, image_id: str) -> None:
    with pytest.raises((NotFound, Refused)):
        explained.image(image_id)


def test_all_files_are_downloaded_and_checked(explained: Job, tmp_path: Path) -> None:
    paths = explained.download(tmp_path / "to")
    assert {path.relative_to(tmp_path / "to").as_posix() for path in paths} == {f.name for f in explained.files()}
    for file in explained.files():
        assert hashlib.sha256((tmp_path / "to" / file.name).read_bytes()).hexdigest() == file.sha256


def test_a_file_that_cannot_be_written_is_named(explained: Job, tmp_path: Path) -> None:
    (tmp_path / "results.parquet").mkdir()
    with pytest.raises(DownloadIncomplete, match=r"1 files could not be fetched:\n.*results.parquet"):
        explained.download(tmp_path)
