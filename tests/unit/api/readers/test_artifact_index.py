"""The list of a job's files, page by page."""

from __future__ import annotations

import pytest

from api.readers.artifact_index import ArtifactIndex
from api.readers.file_cache import FileCache
from api.readers.images.image_tables import ImageTables
from api.readers.images.result_files import ResultFileReader
from api.readers.images.result_query import ResultReader
from api.readers.report_reader import ReportReader
from jobs import keys
from jobs.results.report import Report
from store.memory import MemoryStore
from tests.services.stored_results import START, put_artifact

JOB = "many"
STEPS = ("shard-09999", "shard-10000", "shard-99999", "shard-100000", "shard-100001")


@pytest.fixture
def index() -> ArtifactIndex:
    """Of a job that has more shards than five digits tell; of a few of them, with two files each."""
    store = MemoryStore("files")
    for step in STEPS:
        files = tuple(
            put_artifact(store, keys.attempt(JOB, step, "one"), f"{step}/{name}", b"x", "text/plain") for name in "ab"
        )
        times = {"started_at": START, "finished_at": START}
        report = Report(job_id=JOB, step=step, attempt="one", worker="test", artifacts=files, **times)
        store.put(keys.report(JOB, step), report.encode())
    reports = ReportReader(store)
    results = ResultReader(ImageTables(ResultFileReader(reports, FileCache(store))))
    return ArtifactIndex(store, reports, results, JOB)


@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_each_file_is_listed_once_however_many_shards_there_are(index: ArtifactIndex, limit: int) -> None:
    names: list[str] = []
    after: str | None = None
    for _ in range(3 * len(STEPS)):
        found, after = index.page(limit=limit, after=after)
        names += [each.artifact.name for each in found]
        if after is None:
            break
    expected = [name for step in STEPS for name in (f"reports/{step}.json", f"{step}/a", f"{step}/b")]
    assert names == expected
