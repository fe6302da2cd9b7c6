from __future__ import annotations

import threading

import pytest

from dispatch.connection import Connection, connect
from dispatch.submission import IdempotencyConflict, Submission, request_cancel, submit
from jobs import keys
from jobs.errors import BoardUnavailable
from jobs.job import Job
from jobs.specs.train_spec import TrainSpec
from store.memory import MemoryStore
from tests.services.redis_server import free_port

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


def test_a_broker_that_dies_between_check_and_message_leaves_nothing(
    store: MemoryStore, connection: Connection
) -> None:
    dead = connect(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(BoardUnavailable):
        submit(SPEC, store=store, board=connection.board, queue=dead.queue)
    assert list(store.list("")) == []


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
