"""Several steps of a job fail: the files of the job come from one worker, and none is written behind its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from dispatch.submission import request_cancel
from jobs import keys
from jobs.errors import Permanent, Retryable
from jobs.job import Job, JobEnd
from jobs.models.artifact import Artifact
from jobs.plan import FINALIZE, PLAN, Plan
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from jobs.state import JobState
from tests.integration.lifecycle.conftest import submit_light
from tests.services.light_explanations import LIGHT
from tests.services.refusing_store import RefusingStore
from workers.kinds.table import KINDS
from workers.lifecycle.broken_step import MAX_FAILURES
from workers.lifecycle.finalize_job import finalize_job
from workers.lifecycle.run_step import run_step
from workers.step.job_kind import FinishContext
from workers.step.pulse import Pulse
from workers.step.services import Services
from workers.step.step_context import StepContext

FIRST, SECOND, THIRD = "shard-00000", "shard-00001", "shard-00002"


class Failing:
    """A kind whose shards fail, but for the first; notes who makes files of the job, and lets things happen before."""

    def __init__(self) -> None:
        self.writers = 0
        self.before_failing: Callable[[str], object] = str
        self.while_writing: Callable[[], object] = str

    def run(self, spec: ExplainSpec, context: StepContext) -> Report:
        if context.step == FIRST:
            return LIGHT.run_step(spec, context)
        self.before_failing(context.step)
        raise Permanent(f"{context.step} cannot be done")

    def salvage(self, spec: ExplainSpec, context: FinishContext) -> tuple[Artifact, ...]:
        self.writers += 1
        self.while_writing()
        return LIGHT.salvage_files(spec, context)


@pytest.fixture
def failing(light: Services, monkeypatch: pytest.MonkeyPatch) -> Failing:
    del light
    failing = Failing()
    monkeypatch.setitem(
        KINDS, "explain", dataclasses.replace(LIGHT, run_step=failing.run, salvage_files=failing.salvage)
    )
    return failing


@pytest.fixture
def job_id(light: Services, failing: Failing) -> str:
    del failing
    job_id = submit_light(light, images=12)
    run_step(job_id, PLAN, light)
    run_step(job_id, FIRST, light)
    return job_id


def problem_of(job_id: str, store: RefusingStore) -> str:
    end = JobEnd.decode(store.get(keys.end(job_id)))
    assert end.state is JobState.FAILED
    assert end.error is not None
    return end.error.message


def test_a_step_that_fails_while_another_ends_the_job_writes_nothing(
    light: Services, store: RefusingStore, failing: Failing, job_id: str
) -> None:
    failing.while_writing = lambda: run_step(job_id, THIRD, light)
    run_step(job_id, SECOND, light)
    assert failing.writers == 1
    assert problem_of(job_id, store) == f"{SECOND} cannot be done"
    assert run_step(job_id, THIRD, light) == "job is over"


def test_a_step_that_fails_behind_the_end_of_its_job_writes_nothing(
    light: Services, store: RefusingStore, failing: Failing, job_id: str
) -> None:
    failing.before_failing = lambda step: run_step(job_id, SECOND, light) if step == THIRD else None
    assert run_step(job_id, THIRD, light) == f"job is over: {THIRD} cannot be done"
    assert failing.writers == 1
    assert problem_of(job_id, store) == f"{SECOND} cannot be done"


def test_finalizing_that_comes_late_writes_nothing(
    light: Services, store: RefusingStore, failing: Failing, job_id: str
) -> None:
    run_step(job_id, SECOND, light)
    request_cancel(job_id, store=store, board=light.board, queue=light.queue)
    lease = light.leases.take(job_id, FINALIZE, token="late")
    assert lease is not None
    job, plan = Job.decode(store.get(keys.spec(job_id))), Plan.decode(store.get(keys.plan(job_id)))
    with Pulse(light, job, lease, total=None, unit="") as pulse:
        assert finalize_job(job, plan, light, pulse) == "job is over"
    assert failing.writers == 1


def test_a_step_that_fails_ends_its_job_once_whoever_began_with_that_is_dead(
    light: Services, store: RefusingStore, failing: Failing, job_id: str
) -> None:
    dead = light.leases.take(job_id, FINALIZE, token="dead")
    assert dead is not None
    outcome = run_step(job_id, SECOND, light)
    assert outcome == f"put off while another worker finalizes the job: {SECOND} cannot be done"
    assert store.head(keys.end(job_id)) is None
    assert any(look.later >= {SECOND} for look in light.board.looks.look([job_id]))
    light.leases.release(dead)
    run_step(job_id, SECOND, light)
    assert problem_of(job_id, store) == f"{SECOND} cannot be done"
    assert failing.writers == 1
    assert light.leases.held(job_id, [FINALIZE, SECOND]) == set()


def test_what_fails_again_and_again_says_that_it_failed_only_once_the_job_ends(
    light: Services, store: RefusingStore, failing: Failing, job_id: str
) -> None:
    def broken(step: str) -> None:
        raise Retryable(f"{step} has bad luck")

    failing.before_failing = broken
    outcomes = [run_step(job_id, SECOND, light) for _ in range(MAX_FAILURES)]
    assert [outcome.split(" in ")[0] for outcome in outcomes[:-1]] == ["tried again"] * (MAX_FAILURES - 1)
    assert outcomes[-1] == f"failed: {problem_of(job_id, store)}"
