"""A paused job or queue: nothing of it is taken, nothing of it is lost, and it goes on where it was."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from dispatch.submission import request_cancel
from jobs import keys
from jobs.plan import FINALIZE, PLAN
from jobs.results.report import Report
from jobs.specs.train_spec import TrainSpec
from jobs.turns.turn import JobTurn, Pause, Priority
from tests.integration.turns.conftest import Place
from tests.services.disturbed_store import Disturbed
from workers.kinds.table import KINDS
from workers.kinds.train.kind import TRAIN
from workers.lifecycle import reconcile as reconcile_module
from workers.lifecycle.advance_job import advance
from workers.lifecycle.run_step import run_step
from workers.step.step_context import StepContext


def reports(place: Place, job_id: str) -> int:
    return len(list(place.services.store.list(keys.reports(job_id))))


def run_all_messages(place: Place) -> None:
    """Take whatever lies in the queues, as workers would, until nothing does."""
    for queue in ("light", "explain", "interactive", "finalize") * 3:
        while place.waiting(queue):
            place.take(queue)


@pytest.mark.parametrize("images", [8, 40])
def test_a_paused_job_stands_still_and_then_goes_on_to_its_end(place: Place, images: int) -> None:
    job_id = place.planned(images=images)
    place.take("interactive" if images == 8 else "explain")
    place.turns.pause(job_id, by="anna")
    place.rounds()
    run_all_messages(place)
    assert reports(place, job_id) == 1
    place.turns.resume(job_id)
    assert place.work(job_id) == "succeeded"


def test_a_job_paused_before_it_is_planned_is_planned_when_it_is_resumed(place: Place) -> None:
    job_id = place.submit()
    place.turns.pause(job_id, by="anna")
    assert run_step(job_id, PLAN, place.services) == "paused by anna"
    assert place.services.store.head(keys.plan(job_id)) is None
    place.turns.resume(job_id)
    assert place.work(job_id) == "succeeded"


def test_a_job_paused_before_its_files_are_made_ends_when_it_is_resumed(place: Place) -> None:
    job_id = place.planned(images=4)
    place.take("interactive")
    place.turns.pause(job_id, by="anna")
    assert run_step(job_id, FINALIZE, place.services) == "paused by anna"
    place.rounds()
    assert place.services.store.head(keys.end(job_id)) is None
    place.turns.resume(job_id)
    assert place.work(job_id) == "succeeded"


def test_a_job_stays_paused_although_redis_loses_all_its_data(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile_module, "GRACE_S", 0)
    job_id = place.planned()
    place.take()
    place.turns.pause(job_id, by="anna")
    place.lose_redis()
    place.rounds()
    run_all_messages(place)
    assert reports(place, job_id) == 1
    turn = place.services.board.turns.of([job_id])[job_id]
    assert turn.pause is not None
    assert turn.pause.by == "anna"
    shown = place.services.board.progress.snapshot(job_id)
    assert shown is not None
    assert (shown.progress.done, shown.progress.total) == (4, 40)
    place.turns.resume(job_id)
    assert place.work(job_id) == "succeeded"


def test_a_step_under_way_ends_although_its_job_is_paused_and_redis_is_emptied(place: Place) -> None:
    """The worker finds the windows gone, rebuilds them from the store, and lets nothing of the paused job out."""
    job_id = place.planned()
    place.turns.pause(job_id, by="anna")
    place.lose_redis()
    place.services.windows.forget(job_id)
    advance(job_id, place.services, completed="shard-00000")
    assert place.waiting() == []


def test_a_paused_job_can_be_cancelled(place: Place) -> None:
    job_id = place.planned()
    place.turns.pause(job_id, by="anna")
    here = place.services
    request_cancel(job_id, store=here.store, board=here.board, queue=here.queue)
    assert place.work(job_id) == "cancelled"


def test_a_worker_that_died_at_a_step_of_a_paused_job_leaves_it_to_be_done_when_it_is_resumed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_module, "GRACE_S", 0)
    job_id = place.planned()
    _, step = place.waiting()[0]
    place.client.rpop("explain")  # and the process is gone, before or after it took the lease
    place.turns.pause(job_id, by="anna")
    place.rounds()
    assert step not in {waiting for _, waiting in place.waiting()}
    place.turns.resume(job_id)
    assert place.work(job_id) == "succeeded"


def test_what_a_paused_job_started_stands_still_too(place: Place) -> None:
    sweep = place.submit()
    child = place.planned(parent=sweep)
    place.turns.pause(sweep, by="anna")
    assert run_step(child, "shard-00000", place.services) == "paused by anna"
    place.turns.resume(sweep)
    place.turns.change(sweep, {"priority": "high"})
    assert place.services.board.turns.of([child])[child].priority == "high"


def test_a_training_stops_in_the_midst_and_goes_on_when_it_is_resumed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = list[str]()

    def train(_: TrainSpec, context: StepContext) -> Report:
        attempts.append(context.attempt)
        if len(attempts) == 1:
            place.turns.pause(context.job.id, by="anna")
            while True:
                context.pulse.check()
                time.sleep(0.02)
        return context.report()

    monkeypatch.setitem(KINDS, "train", replace(TRAIN, run_step=train))
    job_id = place.planned(kind="train", dataset="synthetic_flowers", backbone="SmallCNN", weights="none")
    assert run_step(job_id, "train", place.services) == f"job {job_id} is paused by anna"
    assert run_step(job_id, "train", place.services) == "paused by anna"
    place.turns.resume(job_id)
    assert run_step(job_id, "train", place.services) == "committed"
    assert len(attempts) == 2


def test_who_paused_first_is_remembered(place: Place) -> None:
    job_id = place.submit()
    place.turns.pause(job_id, by="anna")
    assert place.turns.pause(job_id, by="ben").pause.by == "anna"  # type: ignore[union-attr]


def test_nothing_is_taken_from_a_paused_queue_also_after_a_loss_of_redis(place: Place) -> None:
    job_id = place.planned()
    place.turns.pause_queue("explain", by="anna")
    assert place.take() == (job_id, "shard-00000")
    place.lose_redis()
    place.rounds()
    run_all_messages(place)
    assert reports(place, job_id) == 0
    assert isinstance(place.services.board.rules.known(place.services.store).pauses["explain"], Pause)
    place.turns.resume_queue("explain")
    assert place.work(job_id) == "succeeded"


def test_a_paused_queue_holds_up_no_other(place: Place) -> None:
    place.turns.pause_queue("explain", by="anna")
    assert place.work(place.submit(images=8)) == "succeeded"


@pytest.mark.parametrize("damage", [b'{"job_id":', b'{"schema_version":99,"added_later":1}'])
def test_a_turn_that_cannot_be_read_holds_up_no_other_job(place: Place, damage: bytes) -> None:
    damaged, sound = place.planned(images=8), place.planned(images=8)
    place.services.store.put(keys.turn(damaged), damage)
    place.lose_redis()
    assert place.work(sound) == "succeeded"


def test_a_job_whose_turn_is_damaged_goes_on_as_if_nobody_had_asked_for_one(place: Place) -> None:
    job_id = place.planned(images=8)
    place.services.store.put(keys.turn(job_id), b'{"job_id":')
    place.lose_redis()
    assert place.work(job_id) == "succeeded"


@pytest.mark.parametrize("redis_lost", [False, True])
def test_a_damaged_turn_is_mended_by_the_next_change(place: Place, redis_lost: bool) -> None:
    job_id, store = place.planned(), place.services.store
    place.turns.change(job_id, {"priority": Priority.HIGH})
    store.put(keys.turn(job_id), b"torn")
    if redis_lost:
        place.client.flushall()
    place.turns.pause(job_id, by="anna")
    mended = JobTurn.decode(store.get(keys.turn(job_id)))
    assert mended.pause is not None
    assert mended.priority is (Priority.NORMAL if redis_lost else Priority.HIGH), "what is not known is as usual"
    place.rounds()
    assert reports(place, job_id) == 0
    store.put(keys.turn(job_id), b"")
    place.turns.change(job_id, {"priority": Priority.LOW})
    assert JobTurn.decode(store.get(keys.turn(job_id))).priority is Priority.LOW
    place.turns.resume(job_id)
    assert place.work(job_id) == "succeeded"


def test_pausing_mends_a_damaged_turn_of_a_job_that_is_paused_already(place: Place) -> None:
    job_id, store = place.planned(), place.services.store
    place.turns.pause(job_id, by="anna")
    store.put(keys.turn(job_id), b"torn")
    assert place.turns.pause(job_id, by="ben").pause == JobTurn.decode(store.get(keys.turn(job_id))).pause
    place.lose_redis()
    place.rounds()
    assert place.services.board.turns.of([job_id])[job_id].pause is not None
    assert place.waiting() == []


@pytest.mark.parametrize("lost", ["of the child", "of both"])
def test_a_child_of_a_paused_job_stands_still_although_redis_has_lost_turns(place: Place, lost: str) -> None:
    parent = place.planned()
    child = place.submit(parent=parent)
    place.turns.pause(parent, by="anna")
    board = place.services.board
    board.turns.keep_only([parent] if lost == "of the child" else [])
    assert run_step(child, PLAN, place.services) == "paused by anna"


def test_a_queue_stays_paused_although_somebody_read_the_rules_before(place: Place) -> None:
    store, rules = place.services.store, place.services.board.rules
    rules.copy(Disturbed(store, happens=lambda: place.turns.pause_queue("explain", by="anna"), after=1, name="list"))
    assert set(rules.known(store).pauses) == {"explain"}
    place.turns.resume_queue("explain")
    assert not rules.known(store).pauses
