"""What statements over the tables of images can reach, and which columns of these tables are known."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from api.readers.file_cache import FileCache
from api.readers.images.image_tables import ImageTables
from api.readers.images.result_files import ResultFileReader
from api.readers.report_reader import ReportReader
from jobs.results.images.image_row import FLAGS
from store.base import ObjectStore
from store.local import LocalStore
from store.memory import MemoryStore
from tests.services.stored_results import MadeUpImage, store_results
from workers.tables.image_part import encode_part

IMAGE = MadeUpImage("a.jpg", maps={"gradcam": np.ones((2, 2), np.float32)}, values={"focus": 0.5})
REACHING = ("COPY (SELECT 42) TO '{path}'", "SELECT * FROM read_text('{path}')", "SET enable_external_access = true")


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return MemoryStore("tables") if request.param == "memory" else LocalStore(tmp_path / "the store's [own] folder")


def tables(store: ObjectStore) -> ImageTables:
    return ImageTables(ResultFileReader(ReportReader(store), FileCache(store)))


def test_the_files_of_jobs_are_read_wherever_the_store_is(store: ObjectStore) -> None:
    store_results(store, "job", [IMAGE])
    found = tables(store)
    assert [each.column for each in found.measures(found.of_job("job"))] == ["gradcam.focus"]


@pytest.mark.parametrize("statement", REACHING)
def test_no_statement_reaches_beyond_the_files_of_jobs(store: ObjectStore, tmp_path: Path, statement: str) -> None:
    path = tmp_path / "beyond"
    path.write_text("secret")
    with pytest.raises(duckdb.Error, match=r"[Cc]annot (access|change)"):
        tables(store).rows(statement.format(path=path), [])
    assert path.read_text() == "secret"


def test_columns_that_florescope_never_writes_are_not_known() -> None:
    store = MemoryStore("columns")
    store_results(store, "job", [IMAGE])
    names = ("image_id", FLAGS, "gradcam.focus", "grad cam.focus", 'a".focus', "gradcam.charm", "charm", ".focus")
    rows = ReportReader(store).report("job", "shard-00000").rows
    assert rows is not None
    store.put(rows.key, encode_part(pa.table({name: [1] for name in names})))
    assert tables(store).of_job("job").columns == ("image_id", FLAGS, "gradcam.focus")
