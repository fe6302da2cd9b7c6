"""Where a job waits, in words, and how that follows from the queues."""

from __future__ import annotations

from datetime import UTC, datetime

from api.readers.queue_reader import Staff, places_in
from dispatch.turns.shared_rules import Rules
from jobs.live.at_work import QueuePlace, StepSign, WorkerSign
from jobs.turns.turn import Pause

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRAINER = WorkerSign(worker="compute@h", queues=("train", "explain"), since=NOW)


def at_work(job_id: str, queue: str = "train") -> StepSign:
    return StepSign(job_id=job_id, step="train", queue=queue, worker="compute@h", since=NOW)


NO_RULES = Rules({}, {})


def places(waiting: str, *signs: StepSign, rules: Rules = NO_RULES) -> dict[str, QueuePlace]:
    """Of jobs with one letter, in the order of their steps."""
    return places_in({"train": waiting}, Staff(signs, (TRAINER,)), rules)


def test_a_job_waits_behind_what_is_worked_on_and_behind_what_lies_before_it() -> None:
    found = places("bc", at_work("a"), at_work("x", "explain"))
    assert (found["b"].ahead, found["b"].behind) == (0, ("a",))
    assert (found["c"].ahead, found["c"].behind, found["c"].workers) == (1, ("a", "b"), 1)


def test_a_job_is_never_behind_itself_and_its_first_message_counts() -> None:
    found = places("aba", at_work("a"))
    assert (found["a"].ahead, found["a"].behind) == (0, ())
    assert found["b"].behind == ("a",)


def test_a_place_reads_as_a_sentence() -> None:
    place = QueuePlace(queue="train", ahead=1, behind=("a", "b"), workers=1)
    assert place.in_words() == "waits in the queue train, 1 step ahead, behind a, b"
    assert QueuePlace(queue="train", ahead=0, workers=2).in_words() == "waits in the queue train, next in turn"


def test_a_queue_without_workers_says_so() -> None:
    assert "no worker takes steps" in QueuePlace(queue="train", ahead=0).in_words()


def test_a_paused_queue_says_who_paused_it() -> None:
    place = places("a", rules=Rules({"train": Pause(by="anna", at=NOW)}, {}))["a"]
    assert place.in_words() == "waits in the queue train, which is paused by anna"
