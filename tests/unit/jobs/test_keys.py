from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import keys
from jobs.plan import shards

IDENTIFIER = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
OF_A_JOB: list[Callable[[str], str]] = [
    keys.spec, keys.plan, keys.cancel, keys.end, keys.manifest, keys.errors, keys.active, keys.model,
]  # fmt: skip
OF_A_STEP: list[Callable[[str, str], str]] = [keys.report, keys.checkpoint, keys.suspect]


@given(jobs=st.lists(IDENTIFIER, unique=True, max_size=4), steps=st.lists(IDENTIFIER, unique=True, max_size=4))
def test_no_two_things_share_a_key(jobs: list[str], steps: list[str]) -> None:
    made = [key(job) for job in jobs for key in OF_A_JOB]
    made += [key(job, step) for job in jobs for step in steps for key in OF_A_STEP]
    assert len(set(made)) == len(made)


@given(job=IDENTIFIER, step=IDENTIFIER)
def test_a_key_tells_what_it_was_made_from(job: str, step: str) -> None:
    assert keys.step_of_report(keys.report(job, step)) == step
    assert keys.job_of_active(keys.active(job)) == job
    assert keys.report(job, step).startswith(keys.reports(job))


@given(first=st.integers(0, 1_100_000), count=st.integers(1, 40), data=st.data())
def test_steps_sort_in_the_order_of_their_images_however_many_there_are(
    first: int, count: int, data: st.DataObject
) -> None:
    steps = [f"shard-{number:05d}" for number in range(first, first + count)]
    assert sorted(data.draw(st.permutations(steps)), key=keys.step_order) == steps


@pytest.mark.parametrize("step", ["plan", "train", "finalize", "import", "shard-", "-", ""])
def test_every_step_has_a_place(step: str) -> None:
    assert keys.step_order(step) == (step, 0)


def test_the_names_of_a_plan_are_in_their_order_past_five_digits() -> None:
    steps = [shard.step for shard in shards(0, 100_050, size=1)]
    assert sorted(steps, key=keys.step_order) == steps
    assert sorted(steps) != steps
