from __future__ import annotations

import pytest

from dispatch.names import COMPUTE_QUEUES, QUEUES, queue_of


@pytest.mark.parametrize(
    ("step", "queue"),
    [
        ("plan", "light"),
        ("finalize", "finalize"),
        ("sweep", "light"),
        ("train", "train"),
        ("import", "interactive"),
        ("preview", "interactive"),
        ("shard-00000", "explain"),
    ],
)
def test_only_what_computes_waits_for_a_compute_worker(step: str, queue: str) -> None:
    assert queue_of(step) == queue


def test_planning_and_finalizing_have_queues_of_their_own_and_the_others_compute() -> None:
    assert set(COMPUTE_QUEUES) == {"train", "explain", "interactive"}
    assert set(QUEUES) - set(COMPUTE_QUEUES) == {"light", "finalize"}
