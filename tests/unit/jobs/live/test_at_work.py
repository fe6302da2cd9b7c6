"""Where a job waits, in words, and how that follows from the queues."""

from __future__ import annotations

from datetime import UTC, datetime

from api.readers.queue_reader import places_in
from dispatch.step_queue import QueueOrder
from jobs.live.at_work import QueuePlace, StepSign, WorkerSign

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRAINER = WorkerSign(worker="compute@h", queues=("train", "explain"), since=NOW)


def at_work(job_id: str, queue: str = "train") -> StepSign:
    return StepSign(job_id=job_id, step="train", queue=queue, worker="compute@h", since=NOW)


def waiting(*jobs: str) -> dict[str, QueueOrder]:
    return {"train": QueueOrder(tuple((job, "train") for job in jobs), len(jobs))}


def test_a_job_waits_behind_what_is_worked_on_and_behind_what_lies_before_it() -> None:
    places = places_in(waiting("b", "c"), [at_work("a"), at_work("x", "explain")], [TRAINER])
    assert (places["b"].ahead, places["b"].behind) == (0, ("a",))
    assert (places["c"].ahead, places["c"].behind, places["c"].workers) == (1, ("a", "b"), 1)


def test_a_job_is_never_behind_itself_and_its_first_message_counts() -> None:
    places = places_in(waiting("a", "b", "a"), [at_work("a")], [TRAINER])
    assert (places["a"].ahead, places["a"].behind) == (0, ())
    assert places["b"].behind == ("a",)


def test_a_place_reads_as_a_sentence() -> None:
    place = QueuePlace(queue="train", ahead=1, behind=("a", "b"), workers=1)
    assert place.in_words() == "waits in the queue train, 1 step ahead, behind a, b"
    assert QueuePlace(queue="train", ahead=0, workers=2).in_words() == "waits in the queue train, next in turn"


def test_a_queue_without_workers_says_so() -> None:
    assert "no worker takes steps" in QueuePlace(queue="train", ahead=0).in_words()
