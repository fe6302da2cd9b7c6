from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from dispatch.connection import Connection, connect
from dispatch.step_queue import QueueOrder, StepQueue
from dispatch.submission import IdempotencyConflict, Submission, request_cancel, submit
from jobs import keys
from jobs.errors import BoardUnavailable, ObjectNotFound, StoreUnavailable
from jobs.job import Job
from jobs.specs.train_spec import TrainSpec
from store.base import ObjectInfo
from store.memory import MemoryStore
from tests.services.ports import free_port

SPEC = TrainSpec(kind="train", dataset="synthetic_flowers", backbone="SmallCNN", weights="none")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("submission")


def test_an_accepted_job_is_stored_and_rung_for(store: MemoryStore, connection: Connection) -> None:
    job = submit(SPEC, store=store, board=connection.board, queue=connection.queue).job
    assert Job.decode(store.get(keys.spec(job.id))).spec == SPEC
    assert store.head(keys.active(job.id)) is not None
    assert connection.queue.waiting() == {(job.id, "plan")}


def test_jobs_are_listed_in_the_order_of_their_submission(store: MemoryStore, connection: Connection) -> None:
    made = [submit(SPEC, store=store, board=connection.board, queue=connection.queue).job.id for _ in range(5)]
    assert made[0] < made[-1]
    assert len(set(made)) == 5


def test_without_a_broker_nothing_of_the_job_remains(store: MemoryStore) -> None:
    dead = connect(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(BoardUnavailable):
        submit(SPEC, store=store, board=dead.board, queue=dead.queue)
    assert list(store.list("")) == []


def test_a_job_whose_message_is_lost_is_accepted_all_the_same(store: MemoryStore, connection: Connection) -> None:
    dead = connect(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    submission = submit(SPEC, store=store, board=connection.board, queue=dead.queue)
    assert submission.created
    assert_waits_for_reconciliation(store, submission.job.id)


def assert_waits_for_reconciliation(store: MemoryStore, job_id: str) -> None:
    """What reconciliation looks for is there: the marker, and the specification."""
    assert [info.key for info in store.list(keys.ACTIVE_PREFIX)] == [keys.active(job_id)]
    assert Job.decode(store.get(keys.spec(job_id))).id == job_id


class FlakyQueue:
    """Loses every other message, as a Redis does that comes and goes."""

    def __init__(self, queue: StepQueue) -> None:
        self._queue = queue
        self._turns = itertools.count()

    def enqueue(self, job_id: str, step: str) -> None:
        if next(self._turns) % 2 == 0:
            raise BoardUnavailable("Redis went away")
        self._queue.enqueue(job_id, step)

    def call_reconciler(self) -> None:
        self._queue.call_reconciler()

    def order(self) -> dict[str, QueueOrder]:
        return self._queue.order()


class GapStore(MemoryStore):
    """Lets everybody look before anybody writes, so that all find nothing."""

    def __init__(self, callers: int) -> None:
        super().__init__("gap")
        self._looked = threading.Barrier(callers)

    def get(self, key: str) -> bytes:
        try:
            return super().get(key)
        except ObjectNotFound:
            with suppress(threading.BrokenBarrierError):
                self._looked.wait(5)
            raise


def test_a_hundred_at_once_with_one_key_and_a_broker_that_comes_and_goes_make_one_job(connection: Connection) -> None:
    store, queue = GapStore(100), FlakyQueue(connection.queue)
    accepted: list[Submission] = []

    def ask(_: int) -> None:
        submission = submit(SPEC, store=store, board=connection.board, queue=queue, idempotency_key="once")
        accepted.append(submission)

    with ThreadPoolExecutor(100) as threads:
        list(threads.map(ask, range(100)))
    assert len(accepted) == 100
    assert [submission.created for submission in accepted].count(True) == 1
    (job_id,) = {submission.job.id for submission in accepted}
    assert_waits_for_reconciliation(store, job_id)
    assert len(list(store.list(keys.JOBS_PREFIX))) == 1


def test_a_store_that_fails_one_caller_takes_nothing_from_the_others(connection: Connection) -> None:
    store = FailingStore("failing")
    first = submit(SPEC, store=store, board=connection.board, queue=connection.queue, idempotency_key="once")
    store.forgets, store.fails = True, True
    with pytest.raises(StoreUnavailable):
        submit(SPEC, store=store, board=connection.board, queue=connection.queue, idempotency_key="once")
    store.forgets = False
    assert_waits_for_reconciliation(store, first.job.id)


class FailingStore(MemoryStore):
    """Once ``forgets``, its looks come too early to see a job; once ``fails``, it takes no specifications."""

    forgets = False
    fails = False

    def get(self, key: str) -> bytes:
        if self.forgets and key.endswith("spec.json"):
            raise ObjectNotFound(key)
        return super().get(key)

    def put(self, key: str, data: bytes, **options: Any) -> ObjectInfo:
        if self.fails and key.endswith("spec.json"):
            raise StoreUnavailable("the store went away")
        return super().put(key, data, **options)


def test_the_same_key_makes_one_job_however_many_ask_at_once(store: MemoryStore, connection: Connection) -> None:
    made: list[Submission] = []

    def ask() -> None:
        made.append(submit(SPEC, store=store, board=connection.board, queue=connection.queue, idempotency_key="once"))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({submission.job.id for submission in made}) == 1
    assert len(list(store.list(keys.ACTIVE_PREFIX))) == 1


def test_the_same_key_with_another_spec_is_a_conflict(store: MemoryStore, connection: Connection) -> None:
    submit(SPEC, store=store, board=connection.board, queue=connection.queue, idempotency_key="k")
    other = SPEC.model_copy(update={"epochs": 3})
    with pytest.raises(IdempotencyConflict, match="use a new key"):
        submit(other, store=store, board=connection.board, queue=connection.queue, idempotency_key="k")


def test_a_request_to_cancel_outlives_redis(store: MemoryStore, connection: Connection) -> None:
    dead = connect(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    request_cancel("job", store=store, board=dead.board, queue=dead.queue)
    assert store.head(keys.cancel("job")) is not None
    request_cancel("job", store=store, board=connection.board, queue=connection.queue)
    assert connection.board.stopped("job")
