"""Submits a job: stores it first and enqueues it then, so that an accepted job is never lost."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from ulid import ULID

from dispatch.board import Board
from dispatch.housekeeping.deletions import is_deleted
from dispatch.idempotency_note import IdempotencyNote
from dispatch.job_index.entries import note_submitted
from dispatch.names import lane_of
from dispatch.step_queue import StepQueue
from dispatch.traces import tracing
from dispatch.turns.turn_documents import read_turn, turn_of, write_turn
from jobs import keys
from jobs.errors import BoardUnavailable, JobError, ObjectExists, ObjectNotFound, StoreUnavailable
from jobs.housekeeping.thing import job_thing
from jobs.job import USER, Job, Origin, Problem
from jobs.names.project_name import DEFAULT_PROJECT
from jobs.plan import FINALIZE, PLAN
from jobs.specs.spec import AnySpec
from jobs.turns.turn import JobTurn, Wish
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
NO_WISH = Wish()


class IdempotencyConflict(JobError):
    """The same Idempotency-Key came with another specification."""


@dataclass(frozen=True)
class Submission:
    """The job, and whether this call made it or an earlier one with the same key."""

    job: Job
    created: bool


def submit(  # noqa: PLR0913  (what the job is, and the three places that learn of it)
    spec: AnySpec,
    *,
    store: ObjectStore,
    board: Board,
    queue: StepQueue,
    idempotency_key: str | None = None,
    job_id: str | None = None,
    origin: Origin = USER,
    wish: Wish = NO_WISH,
) -> Submission:
    """Store the job, then enqueue its planning; one that was only half stored before is completed.

    Whoever is told of a job can count on it: once its specification is stored it is accepted, and stays.

    Args:
        spec: what is asked for.
        store: where the job is stored.
        board: asked first whether it takes writes.
        queue: of steps.
        idempotency_key: submissions with the same key make one job.
        job_id: what this key was given, where whoever claimed it has written that down; then nobody asks again, and
            it does not matter how a later release writes the specification, or whether the note of the key is gone.
        origin: who asks, and for which project.
        wish: of its turn.

    Raises:
        StoreUnavailable, BoardUnavailable: without a key, nothing of the job remains; with one, the same key goes on
            from what is stored.
        IdempotencyConflict: the key belongs to another specification, or to a job that is deleted.
    """
    board.ping()
    if job_id is None:
        job_id = claim(idempotency_key, spec, store=store, origin=origin) if idempotency_key else _new_id()
    if idempotency_key and is_deleted(job_thing(job_id), store):
        raise IdempotencyConflict(
            f"Idempotency-Key {idempotency_key!r} was used for job {job_id}, which is deleted: 'florescope restore "
            f"{job_id}' brings it back, a new key makes a new job"
        )
    with suppress(ObjectNotFound):
        return Submission(_found(job_id, store=store, queue=queue), created=False)
    context = tracing.traceparent()
    job = Job(id=job_id, created_at=datetime.now(UTC), spec=spec, traceparent=context, **origin.model_dump())
    tracing.current().note(job_id=job.id, kind=spec.kind)
    try:
        turn = _store(job, wish, store)
    except ObjectExists:
        return Submission(_found(job_id, store=store, queue=queue), created=False)
    except StoreUnavailable:
        if idempotency_key is None:  # with a key, another caller may have stored the job, and been told so
            _take_back(job.id, store)
        raise
    with suppress(StoreUnavailable):  # reconciliation adds what the index of jobs lacks
        note_submitted(job, store)
    with suppress(BoardUnavailable):  # likewise
        _show_turn(job, turn, board)
    _enqueue_planning(job.id, queue)
    return Submission(job, created=True)


def _show_turn(job: Job, turn: JobTurn, board: Board) -> None:
    board.turns.put(job.id, turn_of(job, turn))
    lane = lane_of(job.spec)
    if lane:
        board.turns.set_lane(job.id, lane)


def _store(job: Job, wish: Wish, store: ObjectStore) -> JobTurn:
    """Store a new job.

    A marker without a spec is no job, and reconciliation removes it; a spec without a marker would be a job that
    nobody ever takes up. Whoever writes the one or removes the other looks again afterwards: whichever comes second
    puts the marker back.

    Raises:
        ObjectExists: another caller stored it first.
    """
    store.put(keys.active(job.id), b"")
    turn = JobTurn(job_id=job.id)
    if wish != NO_WISH:
        turn = write_turn(read_turn(job.id, store), wish.model_dump(), store)
    store.put(keys.spec(job.id), job.encode(), if_absent=True, content_type="application/json")
    if store.head(keys.active(job.id)) is None:  # reconciliation took an old id for a submission that had failed
        store.put(keys.active(job.id), b"")
    return turn


def _enqueue_planning(job_id: str, queue: StepQueue) -> None:
    """Enqueue the planning of a stored job; where the broker fails now, reconciliation enqueues it later."""
    try:
        queue.enqueue(job_id, PLAN)
    except BoardUnavailable as error:
        _log.warning("planning_left_to_reconciliation", job_id=job_id, error=str(error))


def claim(key: str, spec: AnySpec, *, store: ObjectStore, origin: Origin = USER) -> str:
    """The id of the job that this key stands for: a new one, or the one it was given before.

    Raises:
        IdempotencyConflict: the key belongs to another specification.
    """
    where = idempotency_note(key, project=origin.project)
    asked = spec.encode() + (origin.made_from() or b"")
    note = IdempotencyNote(job_id=_new_id(), spec_sha256=hashlib.sha256(asked).hexdigest())
    try:
        store.put(where, note.encode(), if_absent=True, content_type="application/json")
        return note.job_id
    except ObjectExists:
        earlier = IdempotencyNote.decode(store.get(where))
    if earlier.spec_sha256 != note.spec_sha256:
        raise IdempotencyConflict(
            f"Idempotency-Key {key!r} was used for job {earlier.job_id} with another specification: "
            "use a new key for a new job"
        )
    return earlier.job_id


def idempotency_note(key: str, *, project: str) -> str:
    """Where the note of an Idempotency-Key lies; the same key of another project is another key."""
    whole = key if project == DEFAULT_PROJECT else f"{project}\n{key}"
    return keys.idempotency(hashlib.sha256(whole.encode()).hexdigest())


def _take_back(job_id: str, store: ObjectStore) -> None:
    with suppress(StoreUnavailable):
        store.delete(keys.spec(job_id))
        store.delete(keys.turn(job_id))
        store.delete(keys.active(job_id))


def _new_id() -> str:
    return str(ULID()).lower()


def _found(job_id: str, *, store: ObjectStore, queue: StepQueue) -> Job:
    """The job that was stored before; enqueued if whoever stored it got no further."""
    job = Job.decode(store.get(keys.spec(job_id)))
    if store.head(keys.active(job_id)) is None and store.head(keys.end(job_id)) is None:
        store.put(keys.active(job_id), b"")
        _enqueue_planning(job_id, queue)
    return job


def request_cancel(job_id: str, *, store: ObjectStore, board: Board, queue: StepQueue) -> None:
    """Ask a job to stop: durable in the store, at once through the board where that answers."""
    store.put(keys.cancel(job_id), b"")
    _stop(job_id, board, queue)


def request_stop(job_id: str, problem: Problem, *, store: ObjectStore, board: Board, queue: StepQueue) -> None:
    """Have a job stop and fail for this reason, unless it is being cancelled."""
    with suppress(ObjectExists):
        store.put(keys.cancel(job_id), problem.encode(), if_absent=True)
    _stop(job_id, board, queue)


def stop_reason(job_id: str, store: ObjectStore) -> Problem | None:
    """Why a job that was asked to stop is to fail; None where somebody cancelled it."""
    data = store.get(keys.cancel(job_id))
    return Problem.decode(data) if data else None


def _stop(job_id: str, board: Board, queue: StepQueue) -> None:
    with suppress(BoardUnavailable):
        board.stop(job_id)
        queue.enqueue(job_id, FINALIZE)
