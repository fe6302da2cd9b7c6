"""The law of the order in which steps are taken: fair among projects, then by priority, then fair among jobs."""

from __future__ import annotations

from collections import Counter
from itertools import islice, permutations

from hypothesis import given
from hypothesis import strategies as st

from jobs.turns.fair_order import FairOrder, Flow

PROJECTS = ("daisy", "rose", "tulip")
weights = st.dictionaries(st.sampled_from(PROJECTS), st.sampled_from([0.5, 1.0, 2.0, 3.0, 7.0]))
flows = st.lists(
    st.tuples(st.sampled_from(PROJECTS), st.integers(0, 2), st.integers(0, 40)), min_size=1, max_size=12
).map(lambda drawn: [Flow(f"{number:04d}", *each) for number, each in enumerate(drawn)])


def order(of: list[Flow], shares: dict[str, float] | None = None) -> list[str]:
    return list(FairOrder(of, shares or {}, {}))


@given(flows, weights)
def test_every_step_is_taken_once(of: list[Flow], shares: dict[str, float]) -> None:
    assert Counter(order(of, shares)) == Counter({flow.job_id: flow.steps for flow in of if flow.steps})


@given(flows, weights)
def test_projects_that_are_busy_at_the_same_time_get_what_their_weights_say(
    of: list[Flow], shares: dict[str, float]
) -> None:
    """Of two projects, neither gets more than one step beyond its share at any time (Goyal et al. 1996, theorem 1)."""
    project_of, left, got = {flow.job_id: flow.project for flow in of}, Counter[str](), Counter[str]()
    for flow in of:
        left[flow.project] += flow.steps
    for job_id in order(of, shares):
        busy = [each for each in PROJECTS if left[each]]
        left[project_of[job_id]] -= 1
        got[project_of[job_id]] += 1
        for one, other in permutations(busy, 2):
            one_weight, other_weight = shares.get(one, 1.0), shares.get(other, 1.0)
            apart = got[one] / one_weight - got[other] / other_weight
            assert apart <= 1 / one_weight + 1 / other_weight + 1e-9


@given(flows, weights)
def test_within_a_project_a_higher_priority_goes_first(of: list[Flow], shares: dict[str, float]) -> None:
    known = {flow.job_id: flow for flow in of}
    for project in PROJECTS:
        ranks = [known[job_id].rank for job_id in order(of, shares) if known[job_id].project == project]
        assert ranks == sorted(ranks)


@given(st.lists(st.integers(1, 30), min_size=2, max_size=8))
def test_jobs_of_one_priority_take_turns_and_the_older_one_begins(steps: list[int]) -> None:
    of = [Flow(f"{number:04d}", "rose", 1, count) for number, count in enumerate(steps)]
    rounds = min(steps)
    assert order(of)[: rounds * len(of)] == [flow.job_id for flow in of] * rounds


@given(flows, weights, st.integers(0, 60))
def test_an_order_can_be_taken_up_again_from_its_tags(of: list[Flow], shares: dict[str, float], cut: int) -> None:
    """So every dispatch goes on where the one before ended, whichever process it was."""
    whole = order(of, shares)
    first = FairOrder(of, shares, {})
    taken = list(islice(first, cut))
    rest = Counter(taken)
    again = FairOrder(
        [Flow(each.job_id, each.project, each.rank, each.steps - rest[each.job_id]) for each in of],
        shares,
        first.changed,
    )
    assert taken + list(again) == whole


def test_a_project_that_comes_later_gets_no_arrears() -> None:
    early = FairOrder([Flow("0001", "rose", 1, 100)], {}, {})
    list(islice(early, 50))
    both = FairOrder([Flow("0001", "rose", 1, 50), Flow("0002", "tulip", 1, 50)], {}, early.changed)
    assert Counter(islice(both, 20)) == {"0001": 10, "0002": 10}


def test_a_small_job_waits_for_one_step_of_a_large_one() -> None:
    early = FairOrder([Flow("0001", "rose", 1, 1000)], {}, {})
    list(islice(early, 300))
    both = FairOrder([Flow("0001", "rose", 1, 700), Flow("0002", "rose", 1, 1)], {}, early.changed)
    assert "0002" in list(islice(both, 2))
