"""From when, and until when, the recovery of a step counts."""

from __future__ import annotations

import json
import time
from pathlib import Path

from bench.soak.recovery import Recovery, figures, percentile
from bench.soak.schedule import Fault
from tests.services.steps_under_way import committed_by, steps_of

STEP = ("job", "shard-00000")
OUTAGE, DEATH = Fault(0, "redis_restart", 5), Fault(0, "kill_child", 0, "worker")


def recovery(committed: dict[str, float], folder: Path) -> Recovery:
    return Recovery(committed, "redis://127.0.0.1:1/0", folder)


def test_an_outage_counts_from_its_end_and_a_death_from_its_beginning(tmp_path: Path) -> None:
    began, committed = time.monotonic() - 5, dict[str, float]()
    for fault, expected_s in ((OUTAGE, 2), (DEATH, 7)):
        told = recovery(committed, tmp_path)
        told.note(fault, {STEP}, began=began)
        assert told.samples == []
        committed[committed_by(STEP)] = time.monotonic() + 2
        told.settle()
        ((kind, seconds),) = told.samples
        assert (kind, round(seconds)) == (fault.kind, expected_s)
        committed.clear()


def test_a_step_that_was_committed_during_an_outage_was_not_held_up_by_it(tmp_path: Path) -> None:
    now = time.monotonic()
    told = recovery({committed_by(STEP): now - 1}, tmp_path)
    told.note(OUTAGE, {STEP}, began=now - 5)
    told.settle()
    assert told.samples == []


def test_a_step_that_another_worker_committed_while_its_own_stood_still_is_a_recovery(tmp_path: Path) -> None:
    now = time.monotonic()
    told = recovery({committed_by(STEP): now - 10}, tmp_path)
    told.note(Fault(0, "stand_still", 45, "worker"), {STEP}, began=now - 45)
    told.settle()
    assert [(kind, round(seconds)) for kind, seconds in told.samples] == [("stand_still", 35)]


def test_a_step_that_is_hit_again_counts_from_the_later_fault(tmp_path: Path) -> None:
    now, committed = time.monotonic(), dict[str, float]()
    told = recovery(committed, tmp_path)
    told.note(DEATH, {STEP}, began=now - 30)
    told.note(DEATH, {STEP}, began=now - 10)
    committed[committed_by(STEP)] = now
    told.settle()
    assert [round(seconds) for _, seconds in told.samples] == [10]


def test_steps_of_cancelled_jobs_are_not_waited_for(tmp_path: Path) -> None:
    committed = dict[str, float]()
    told = recovery(committed, tmp_path)
    told.note(OUTAGE, {STEP}, began=0)
    told.forget(["job"])
    committed[committed_by(STEP)] = time.monotonic() + 1
    told.settle()
    assert told.samples == []


def test_what_commits_a_step() -> None:
    assert [committed_by(("job", step)) for step in ("plan", "shard-00001", "finalize")] == [
        "jobs/job/plan.json",
        "jobs/job/reports/shard-00001.json",
        "jobs/job/end.json",
    ]


def test_the_log_of_a_worker_tells_what_it_is_at_work_on(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    lines = [("step_taken", "a"), ("step_taken", "b"), ("step_left", "a")]
    told = [json.dumps({"event": event, "job_id": "job", "step": step}) for event, step in lines]
    log.write_text("\n".join(["no JSON", *told, told[0][:30]]))
    assert steps_of(log) == {("job", "b")}
    assert steps_of(tmp_path / "none.log") == set()


def test_figures_are_in_leases_and_tell_of_how_many_steps() -> None:
    found = figures([("redis_cut", 15.0), ("redis_cut", 60.0), ("kill_child", 30.0)], lease_s=30)
    assert found == {
        "recovery_leases_p95": 2.0,
        "recovery_leases_max": 2.0,
        "recoveries": 3,
        "recovery_by_fault": {"kill_child": {"n": 1, "max": 1.0}, "redis_cut": {"n": 2, "max": 2.0}},
    }
    assert figures([], lease_s=30)["recovery_leases_p95"] is None
    assert [percentile(range(1, 101), percent) for percent in (50, 95, 100)] == [50, 95, 100]
