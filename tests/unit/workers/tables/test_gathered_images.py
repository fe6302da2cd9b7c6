"""Rows are gathered from reports in any order and any release's form, each image exactly once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs import keys
from jobs.errors import Corrupt
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan, shards
from jobs.results.image_counts import add_counts, count_images
from jobs.results.manifest import entry
from jobs.results.record import ImageRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from store.memory import MemoryStore
from tests.services.gathered import gathered
from workers.tables.gathered_images import readable_images
from workers.tables.image_part import PARQUET, encode_part, image_part

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = Job(id="j", created_at=NOW, spec=ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers"))


def make_plan(total: int, size: int) -> Plan:
    return Plan(
        job_id="j", kind="explain", created_at=NOW, total=total, unit="images", shards=shards(0, total, size=size)
    )


def make_report(plan: Plan, step: str, *, wrong: int = -1) -> Report:
    shard = plan.shard(step)
    records = tuple(
        ImageRecord(image_id=f"i{index}", index=index, error="broken" if index == wrong else None)
        for index in range(shard.start, shard.stop)
    )
    return Report(job_id="j", step=step, attempt="a", worker="w", started_at=NOW, finished_at=NOW, records=records)


def stored(report: Report, plan: Plan, store: MemoryStore) -> Report:
    """The report as this release writes it: its rows are a file."""
    data, key = encode_part(image_part(JOB, plan, report, report.records)), keys.file("j", f"{report.step}.parquet")
    store.put(key, data)
    digest = hashlib.sha256(data).hexdigest()
    rows = Artifact(name=report.step, key=key, size=len(data), sha256=digest, content_type=PARQUET)
    return report.model_copy(update={"records": (), "rows": rows, "images": count_images(report.records)})


@settings(max_examples=20)
@given(total=st.integers(1, 60), size=st.integers(1, 20), new=st.lists(st.booleans(), min_size=60, max_size=60))
def test_every_image_is_gathered_once_whichever_release_wrote_its_report(
    total: int, size: int, new: list[bool]
) -> None:
    plan, store = make_plan(total, size), MemoryStore("rows")
    reports = [make_report(plan, step) for step in plan.steps]
    reports = [stored(report, plan, store) if new[row] else report for row, report in enumerate(reports)]
    with gathered(JOB, plan, reports, store) as images:
        assert images.column("image_id").to_pylist() == [f"i{index}" for index in range(total)]
        assert images.column("index").to_pylist() == list(range(total))
    assert add_counts(report.counts for report in reports).images == total


def test_an_image_that_failed_is_counted_as_an_error() -> None:
    plan = make_plan(4, 4)
    counts = make_report(plan, "shard-00000", wrong=2).counts
    assert (counts.images, counts.failed) == (4, 1)
    assert counts.first_error is not None
    assert counts.first_error.image_id == "i2"


def test_a_report_that_does_not_cover_its_shard_is_refused() -> None:
    plan = make_plan(10, 5)
    report = make_report(plan, "shard-00000")
    short = report.model_copy(update={"records": report.records[:3]})
    with pytest.raises(Corrupt, match="reports 3 images, its shard has 5"), gathered(JOB, plan, [short]):
        pass


def test_an_image_in_two_reports_is_refused() -> None:
    plan = make_plan(10, 5)
    first = make_report(plan, "shard-00000")
    twin = first.model_copy(update={"step": "shard-00001"})
    with pytest.raises(Corrupt, match="more than one place"), gathered(JOB, plan, [first, twin]):
        pass


def test_an_image_twice_in_one_report_is_refused_by_its_name() -> None:
    plan = make_plan(2, 2)
    report = make_report(plan, "shard-00000")
    double = report.model_copy(update={"records": (report.records[0], report.records[0])})
    with pytest.raises(Corrupt, match="more than one place: i0"), gathered(JOB, plan, [double]):
        pass


def test_damaged_rows_end_a_job_that_is_done_and_are_left_out_of_one_that_failed() -> None:
    plan, store = make_plan(10, 5), MemoryStore("rows")
    reports = [stored(make_report(plan, step), plan, store) for step in plan.steps]
    store.put(str(reports[1].rows and reports[1].rows.key), b"damaged")
    with pytest.raises(Corrupt, match="rows of shard-00001 were damaged"), gathered(JOB, plan, reports, store):
        pass
    unreadable: dict[str, str] = {}
    with readable_images(JOB, plan, {each.step: each for each in reports}, store, unreadable) as images:
        assert len(images.column("index")) == 5
    assert list(unreadable) == ["jobs/j/shard-00001.parquet"]


def test_an_entry_carries_the_digest_of_the_stored_bytes() -> None:
    report = make_report(make_plan(3, 3), "shard-00000")
    found = entry(report, key="reports/shard-00000", data=report.encode())
    assert found.sha256 == hashlib.sha256(report.encode()).hexdigest()
    assert found.size == len(report.encode())
