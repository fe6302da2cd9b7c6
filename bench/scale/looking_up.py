"""What looking things up costs in a job of a million images: a page of results, and one picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from api.readers.file_cache import FileCache
from api.readers.images.image_tables import ImageTables
from api.readers.images.result_files import ResultFileReader
from api.readers.images.result_query import ResultQuery, ResultReader
from api.readers.report_reader import ReportReader
from jobs.results.images.image_filter import ImageFilter
from jobs.results.record import Outcome
from store.local import LocalStore

PAGES = tuple(
    ResultQuery(ImageFilter(sort=sort, outcome=(Outcome.WRONG,), label=label), limit=50)
    for label in ((7,), ())
    for sort in ("-judged_delta", "confidence")
)
ROUNDS = 5


def measure(root: Path, *, images: int) -> Mapping[str, float]:
    """``results_page_cpu_s``, ``results_page_cold_cpu_s`` and ``picture_cpu_s``; the worst of several queries."""
    cold = max(_cpu_s(lambda page=page: _reader(root).page("fake", page)) for page in PAGES)  # type: ignore[misc]
    reader = _reader(root)
    reader.page("fake", PAGES[0])
    warm = max(_median_cpu_s(lambda page=page: reader.page("fake", page)) for page in PAGES)  # type: ignore[misc]
    names = [f"image_{index:07d}.jpg" for index in (1, images // 2, images - 1)]
    picture = max(_median_cpu_s(lambda name=name: reader.find("fake", name)) for name in names)  # type: ignore[misc]
    return {"results_page_cpu_s": warm, "results_page_cold_cpu_s": cold, "picture_cpu_s": picture}


def _reader(root: Path) -> ResultReader:
    """As of an API that has just started."""
    store = LocalStore(root)
    return ResultReader(ImageTables(ResultFileReader(ReportReader(store), FileCache(store))))


def _median_cpu_s(work: Callable[[], object]) -> float:
    return sorted(_cpu_s(work) for _ in range(ROUNDS))[ROUNDS // 2]


def _cpu_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
