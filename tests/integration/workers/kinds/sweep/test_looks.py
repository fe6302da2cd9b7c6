"""Each look at a sweep begins the trials that are due, and none twice."""

from __future__ import annotations

import pytest

from jobs import keys
from jobs.job import Job
from tests.integration.workers.kinds.sweep.conftest import begin, look, submit_sweep, succeed
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def children(services: Services, job_id: str) -> list[Job]:
    stored = [info.key for info in services.store.list(keys.JOBS_PREFIX) if info.key.endswith("/spec.json")]
    return [job for key in stored if (job := Job.decode(services.store.get(key))).parent == job_id]


def test_a_look_begins_trials_and_leaves_the_worker(services: Services) -> None:
    job_id = submit_sweep(services)
    assert run_step(job_id, "sweep", services) == "trials are under way"
    begun = children(services, job_id)
    assert [job.spec.name for job in begun] == ["rates / trial 0"]
    assert services.leases.held(job_id, ["sweep"]) == set()
    assert services.board.counters.due(job_id).keys() == {"sweep"}
    assert {(job.id, "plan") for job in begun} <= services.queue.waiting()


def test_the_first_trial_goes_ahead_and_the_others_follow_once_it_learns(services: Services) -> None:
    job_id = submit_sweep(services, parallel=3)
    assert len(look(services, job_id)) == 1
    assert len(look(services, job_id)) == 1
    assert [run.trial for run in begin(services, job_id)] == [0, 1, 2]


def test_a_look_that_is_repeated_begins_nothing_twice(services: Services) -> None:
    job_id = submit_sweep(services)
    first = begin(services, job_id)
    assert look(services, job_id) == first
    assert len(children(services, job_id)) == 2


@pytest.mark.parametrize("lost", ["the book", "a trial"])
def test_a_look_that_was_killed_half_way_is_completed(services: Services, lost: str) -> None:
    job_id = submit_sweep(services)
    first = begin(services, job_id)
    if lost == "the book":
        services.store.delete(keys.trials(job_id))
    else:
        services.store.delete(keys.spec(first[1].job_id))
        services.store.delete(keys.active(first[1].job_id))
    look(services, job_id)
    assert look(services, job_id) == first
    assert {job.id for job in children(services, job_id)} == {run.job_id for run in first}
    assert services.store.head(keys.active(first[1].job_id)) is not None


def test_a_trial_that_was_stored_but_never_rung_for_is_rung_for(services: Services) -> None:
    job_id = submit_sweep(services)
    run = begin(services, job_id)[0]
    services.store.delete(keys.active(run.job_id))
    look(services, job_id)
    assert services.store.head(keys.active(run.job_id)) is not None


def test_a_trial_that_ends_makes_room_for_the_next(services: Services) -> None:
    job_id = submit_sweep(services)
    succeed(services, begin(services, job_id)[0], 0.5)
    runs = look(services, job_id)
    assert [(run.trial, run.state.value) for run in runs] == [(0, "succeeded"), (1, "queued"), (2, "queued")]
    assert runs[0].seconds == 7
    snapshot = services.board.progress.snapshot(job_id)
    assert snapshot is not None
    assert (snapshot.progress.done, snapshot.progress.total, snapshot.progress.unit) == (1, 3, "trials")
    assert "best validation accuracy 0.5" in snapshot.progress.message


def test_the_end_of_a_trial_rings_for_the_sweep_at_once(services: Services) -> None:
    job_id = submit_sweep(services)
    run = begin(services, job_id)[0]
    services.store.put(keys.cancel(run.job_id), b"")
    run_step(run.job_id, "finalize", services)
    assert (job_id, "sweep") in services.queue.waiting()


def test_many_looks_with_dead_workers_in_between_do_not_add_up_to_a_failure(services: Services) -> None:
    job_id = submit_sweep(services)
    for _ in range(7):
        services.board.counters.count_attempt(job_id, "sweep")  # a worker that began and died
        assert run_step(job_id, "sweep", services) == "trials are under way"


def test_with_halving_the_best_go_on_as_new_jobs_with_more_epochs(services: Services) -> None:
    job_id = submit_sweep(services, parallel=3, halving={"factor": 3, "min_epochs": 1})
    for run, accuracy in zip(begin(services, job_id), (0.2, 0.7, 0.4), strict=True):
        assert run.epochs == 1
        succeed(services, run, accuracy)
    last = look(services, job_id)[-1]
    assert (last.trial, last.rung, last.epochs) == (1, 1, 4)
    spec = Job.decode(services.store.get(keys.spec(last.job_id))).spec
    assert (spec.name, getattr(spec, "seed", None), getattr(spec, "epochs", None)) == ("rates / trial 1 rung 1", 1, 4)
