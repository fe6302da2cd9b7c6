"""A sweep goes on where the end of one of its trials cannot be read."""

from __future__ import annotations

from jobs import keys
from jobs.results.trial_run import TrialRun
from jobs.state import JobState
from store.memory import MemoryStore
from workers.kinds.sweep.run_sweep import _up_to_date


def test_a_trial_whose_end_cannot_be_read_counts_as_failed_and_says_why() -> None:
    store = MemoryStore("trials")
    store.put(keys.end("trial-1"), b"{damaged")
    found = _up_to_date(TrialRun(trial=0, rung=0, epochs=1, settings={}, job_id="trial-1"), store)
    assert found.over
    assert found.state is JobState.FAILED
    assert "its end cannot be read" in str(found.error)
