"""Redis keeps the order of a plain model, whatever happens to jobs and projects meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.connection import Connection, connect
from dispatch.turns.stand import Stand
from jobs.turns.turn import Pause, Priority, Turn
from tests.integration.dispatch.turns.plain_model import ModelJob, PlainModel
from tests.services.redis_server import RedisServer

QUEUE, WINDOW, SHOWN = "explain", 2, 12
PAUSE = Pause(by="anna", at=datetime(2026, 1, 1, tzinfo=UTC))
projects = st.sampled_from(["daisy", "rose", "tulip"])
priorities = st.sampled_from(list(Priority))
which = st.integers(0, 20)
submissions = st.tuples(st.just("submit"), projects, priorities, st.integers(1, 6), st.booleans())
steps = st.one_of(st.tuples(st.just("take")), st.tuples(st.just("complete"), which))
changes = st.one_of(
    submissions,
    st.tuples(st.just("pause"), which),
    st.tuples(st.just("resume"), which),
    st.tuples(st.just("prefer"), which, priorities),
    st.tuples(st.just("stop"), which),
    st.tuples(st.just("weigh"), projects, st.sampled_from([0.5, 1.0, 3.0])),
    st.tuples(st.just("change_parent"), priorities, st.booleans()),
)
Events = list[tuple[Any, ...]]


class Both:
    """Redis and the model, to which the same happens."""

    def __init__(self, connection: Connection) -> None:
        self.redis = connection
        self.model = PlainModel(WINDOW)
        self.parent = ModelJob("parent", "rose", Priority.NORMAL, [])
        self.revision = 0
        self._show(self.parent)

    def submit(self, project: str, priority: Priority, steps: int, has_parent: bool) -> None:
        job_id, names = f"{len(self.model.jobs):04d}", [f"shard-{number:05d}" for number in range(steps)]
        job = ModelJob(job_id, project, priority, list(names), parent=self.parent if has_parent else None)
        self.model.jobs[job_id] = job
        self._show(job)
        self.redis.windows.begin(job_id, names)
        self._join(job)

    def take(self) -> None:
        assert self.redis.board.lines.take(QUEUE, self.model.weights, window=WINDOW) == self.model.take()

    def complete(self, number: int) -> None:
        job = self._job(number)
        if job and job.out:
            self.redis.windows.complete(job.job_id, job.out.pop(0))
            self._join(job)

    def pause(self, number: int) -> None:
        self._set_still(number, still=True)

    def resume(self, number: int) -> None:
        job = self._set_still(number, still=False)
        if job:
            self._join(job)

    def prefer(self, number: int, priority: Priority) -> None:
        job = self._job(number)
        if job:
            job.priority = priority
            self.model.begin_anew(job.job_id)
            self._show(job)
            self.redis.board.lines.change(job.job_id, anew=True)

    def stop(self, number: int) -> None:
        job = self._job(number)
        if job:
            job.stopped = True
            self.redis.board.stop(job.job_id)

    def weigh(self, project: str, weight: float) -> None:
        self.model.weights[project] = weight

    def change_parent(self, priority: Priority, still: bool) -> None:
        """Its children follow with the next round of reconciliation."""
        self.parent.priority, self.parent.stands_still = priority, still
        self._show(self.parent)
        turns = self.redis.board.turns.of(self.model.jobs)
        stands = [
            Stand(job.job_id, QUEUE, turns[job.job_id], full=len(job.out) >= WINDOW)
            for job in self.model.jobs.values()
            if job.to_do and not job.stopped
        ]
        self.redis.board.lines.settle(stands, window=WINDOW)

    def drain(self) -> None:
        """Take and complete what can be taken."""
        while self.model.following(1):
            self.take()
            for number in range(len(self.model.jobs)):
                self.complete(number)

    def compare(self) -> None:
        shown = self.redis.board.lines.following(QUEUE, self.model.weights, most=SHOWN)
        assert list(shown) == self.model.following(SHOWN)

    def _job(self, number: int) -> ModelJob | None:
        jobs = list(self.model.jobs.values())
        return jobs[number % len(jobs)] if jobs else None

    def _set_still(self, number: int, *, still: bool) -> ModelJob | None:
        job = self._job(number)
        if job:
            job.stands_still = still
            self._show(job)
            self.redis.board.lines.change(job.job_id, anew=False)
        return job

    def _show(self, job: ModelJob) -> None:
        self.revision += 1
        turn = Turn(
            project=job.project,
            priority=job.priority,
            pause=PAUSE if job.stands_still else None,
            parent=job.parent.job_id if job.parent else None,
            revision=self.revision,
        )
        self.redis.board.turns.put(job.job_id, turn)

    def _join(self, job: ModelJob) -> None:
        self.redis.board.lines.join([(job.job_id, QUEUE)], window=WINDOW)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(submissions, min_size=4, max_size=8),
    then=st.lists(st.tuples(changes, st.lists(steps, min_size=3, max_size=6)), min_size=5, max_size=10),
)
def test_steps_are_taken_and_shown_in_the_order_of_the_model(
    shared_redis: RedisServer, first: Events, then: list[tuple[tuple[Any, ...], Events]]
) -> None:
    redis.Redis.from_url(shared_redis.url).flushall()
    both = Both(connect(redis_url=shared_redis.url))
    for what, *about in [*first, *(event for change, meanwhile in then for event in (change, *meanwhile))]:
        getattr(both, what)(*about)
        both.compare()
    both.drain()


def test_whose_parent_was_paused_has_no_step_taken_before_anything_else_is_told_of_it(connection: Connection) -> None:
    both = Both(connection)
    both.submit("rose", Priority.NORMAL, 3, has_parent=True)
    both.submit("rose", Priority.NORMAL, 1, has_parent=False)
    both.parent.stands_still = True
    both._show(both.parent)
    assert connection.board.lines.take(QUEUE, {}, window=WINDOW) == ("0001", "shard-00000")
    assert connection.board.lines.take(QUEUE, {}, window=WINDOW) is None


def test_a_stop_that_an_earlier_release_asked_for_counts(connection: Connection) -> None:
    both = Both(connection)
    both.submit("rose", Priority.NORMAL, 3, has_parent=False)
    connection.board._keys.client.set("florescope:stop:0000", "1")
    assert connection.board.lines.take(QUEUE, {}, window=WINDOW) is None
    assert connection.board._keys.client.keys("florescope:order*") == []
