"""Which job's step is let out next, as a real Redis keeps it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.integration.turns.conftest import Place
from tests.services.counting_store import CountingStore
from tests.services.redis_calls import counted_round_trips
from workers.lifecycle import reconcile as reconcile_module
from workers.lifecycle.advance_job import advance
from workers.lifecycle.job_turn import let_out


def taken(place: Place, count: int) -> Counter[str]:
    """How many of the next steps belong to each job; their work is left out."""
    found = Counter[str]()
    for _ in range(count):
        job_id, step = place.waiting()[0]
        place.client.rpop("explain")
        found[job_id] += 1
        advance(job_id, place.services, completed=step)
    return found


def test_only_a_few_messages_lie_in_the_queue_however_many_jobs_wait(place: Place) -> None:
    for _ in range(5):
        place.planned()
    assert len(place.waiting()) == 2


def test_a_dispatch_costs_the_same_calls_for_many_waiting_jobs_as_for_few(place: Place) -> None:
    store, costs = CountingStore(place.services.store), []
    counted = replace(place.services, store=store)
    for jobs in (10, 10, 20):  # the first dispatch loads the scripts
        place.lose_redis()
        for _ in range(jobs):
            place.planned()
        place.client.delete("explain")
        with counted_round_trips() as round_trips:
            let_out("explain", counted)
            costs.append(round_trips())
        assert len(place.waiting()) == 2
    assert costs[1] == costs[2]
    assert store.calls == []


def test_a_job_whose_turn_has_not_come_is_not_finalized_after_a_loss_of_redis(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_module, "GRACE_S", 0)
    first, second = place.planned(), place.planned()
    place.lose_redis()
    place.rounds(1)
    assert {job_id for job_id, _ in place.waiting()} < {first, second}
    assert place.waiting("finalize") == []


def test_projects_get_steps_by_their_weights(place: Place) -> None:
    place.turns.set_weight("rose", 2)
    rose, tulip = place.planned(images=400, project="rose"), place.planned(images=400, project="tulip")
    found = taken(place, 60)
    assert abs(found[rose] - 40) <= 2
    assert found[rose] + found[tulip] == 60


def test_many_jobs_of_a_project_get_no_more_than_one_of_another(place: Place) -> None:
    of_rose = [place.planned(images=400, project="rose") for _ in range(3)]
    tulip = place.planned(images=400, project="tulip")
    found = taken(place, 60)
    assert abs(found[tulip] - 30) <= 2
    assert max(found[job_id] for job_id in of_rose) - min(found[job_id] for job_id in of_rose) <= 2


def test_a_job_that_is_given_a_higher_priority_while_it_waits_goes_first(place: Place) -> None:
    first, second = place.planned(images=400), place.planned(images=400)
    taken(place, 10)
    place.turns.change(second, {"priority": "high"})
    taken(place, 2)  # that had been let out
    assert taken(place, 10) == {second: 10}
    place.turns.change(second, {"priority": "low"})
    taken(place, 2)
    assert taken(place, 10) == {first: 10}


def test_a_small_job_waits_for_two_steps_of_a_large_one(place: Place) -> None:
    place.planned(images=400)
    taken(place, 20)
    small = place.planned(images=36)
    assert small in taken(place, 4)


def test_a_small_explanation_goes_through_the_interactive_queue_alone(place: Place) -> None:
    place.planned(images=400)
    small = place.planned(images=8)
    assert {job_id for job_id, _ in place.waiting("interactive")} == {small}
    assert small not in {job_id for job_id, _ in place.waiting("explain")}


def test_measures_that_cost_much_make_an_explanation_long(place: Place) -> None:
    job_id = place.planned(images=8, metrics=["deletion"])
    assert {each for each, _ in place.waiting("explain")} == {job_id}
