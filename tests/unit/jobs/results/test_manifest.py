from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import Corrupt
from jobs.plan import Plan, shards
from jobs.results.manifest import ReportEntry, entry, merge
from jobs.results.record import ImageRecord, Outcome
from jobs.results.report import Report

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def make_plan(total: int, size: int) -> Plan:
    return Plan(
        job_id="j",
        kind="explain",
        created_at=NOW,
        total=total,
        unit="images",
        shards=shards(0, total, size=size),
    )


def make_report(plan: Plan, step: str, *, wrong: int = -1) -> tuple[ReportEntry, Report]:
    shard = plan.shard(step)
    records = tuple(
        ImageRecord(image_id=f"i{index}", index=index, error="broken" if index == wrong else None)
        for index in range(shard.start, shard.stop)
    )
    report = Report(job_id="j", step=step, attempt="a", worker="w", started_at=NOW, finished_at=NOW, records=records)
    return entry(report, key=f"reports/{step}", data=report.encode()), report


@given(total=st.integers(1, 60), size=st.integers(1, 20), random=st.randoms())
def test_every_image_stands_in_the_manifest_once_whatever_the_order_of_reports(
    total: int, size: int, random: object
) -> None:
    plan = make_plan(total, size)
    steps = list(plan.steps)
    random.shuffle(steps)  # type: ignore[attr-defined]
    manifest = merge(plan, {step: make_report(plan, step) for step in steps}, created_at=NOW)
    assert [image.image_id for image in manifest.images] == [f"i{index}" for index in range(total)]
    assert manifest.complete
    assert [report.step for report in manifest.reports] == list(plan.steps)


def test_a_manifest_with_missing_reports_says_that_it_is_not_complete() -> None:
    plan = make_plan(10, 5)
    manifest = merge(plan, {"shard-00001": make_report(plan, "shard-00001")}, created_at=NOW)
    assert not manifest.complete
    assert len(manifest.images) == 5


def test_an_image_that_failed_is_listed_as_an_error() -> None:
    plan = make_plan(4, 4)
    manifest = merge(plan, {"shard-00000": make_report(plan, "shard-00000", wrong=2)}, created_at=NOW)
    assert manifest.images[2].outcome is Outcome.ERROR
    assert manifest.counts() == {"explained": 3, "error": 1}


def test_a_report_that_does_not_cover_its_shard_is_refused() -> None:
    plan = make_plan(10, 5)
    reported_entry, report = make_report(plan, "shard-00000")
    short = report.model_copy(update={"records": report.records[:3]})
    with pytest.raises(Corrupt, match="reports 3 images, its shard has 5"):
        merge(plan, {"shard-00000": (reported_entry, short)}, created_at=NOW)


def test_an_image_in_two_reports_is_refused() -> None:
    plan = make_plan(10, 5)
    first = make_report(plan, "shard-00000")
    twin = first[1].model_copy(update={"step": "shard-00001"})
    with pytest.raises(Corrupt, match="more than one place"):
        merge(plan, {"shard-00000": first, "shard-00001": (first[0], twin)}, created_at=NOW)


def test_an_entry_carries_the_digest_of_the_stored_bytes() -> None:
    reported_entry, report = make_report(make_plan(3, 3), "shard-00000")
    assert reported_entry.sha256 == hashlib.sha256(report.encode()).hexdigest()
    assert reported_entry.size == len(report.encode())


def test_the_index_of_a_job_that_failed_lists_an_image_as_often_as_it_stands_there() -> None:
    plan = make_plan(10, 5)
    first = make_report(plan, "shard-00000")
    twin = first[1].model_copy(update={"step": "shard-00001"})
    reports = {"shard-00000": first, "shard-00001": (first[0], twin)}
    manifest = merge(plan, reports, created_at=NOW, strict=False)
    assert [image.image_id for image in manifest.images] == [f"i{index % 5}" for index in range(10)]
