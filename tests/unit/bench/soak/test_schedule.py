"""The faults of a soak follow from its seed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.soak.schedule import KINDS, QUIET_S, schedule

SECONDS = st.floats(1, 7200)


@given(st.integers(), SECONDS)
def test_the_same_seed_gives_the_same_faults(seed: int, lasts_s: float) -> None:
    assert schedule(seed, lasts_s=lasts_s) == schedule(seed, lasts_s=lasts_s)


@given(st.integers(), SECONDS, SECONDS)
def test_a_longer_soak_begins_like_a_shorter_one(seed: int, one_s: float, other_s: float) -> None:
    short, long = (schedule(seed, lasts_s=lasts_s) for lasts_s in sorted((one_s, other_s)))
    assert long[: len(short)] == short


@given(st.integers(), SECONDS)
def test_faults_come_one_after_another_with_quiet_between_and_within_the_time(seed: int, lasts_s: float) -> None:
    faults = schedule(seed, lasts_s=lasts_s)
    assert all(fault.starts_s + fault.lasts_s <= lasts_s for fault in faults)
    for before, after in pairwise(faults):
        assert after.starts_s - before.starts_s - before.lasts_s >= QUIET_S[0] - 0.02
    for fault in faults:
        shortest, longest = KINDS[fault.kind].lasts_s
        assert shortest <= fault.lasts_s <= longest
        assert fault.victim in (KINDS[fault.kind].victims or {""})


def test_seeds_differ() -> None:
    assert schedule(7, lasts_s=600) != schedule(8, lasts_s=600)


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_fault_happens_before_one_happens_again(seed: int) -> None:
    faults = schedule(seed, lasts_s=3600)
    assert {fault.kind for fault in faults[: len(KINDS)]} == set(KINDS)
