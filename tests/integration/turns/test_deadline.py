"""A job with a deadline that did not end by then is ended, and says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jobs import keys
from jobs.job import JobEnd
from jobs.turns.turn import Wish
from tests.integration.turns.conftest import Place


def ended(place: Place, job_id: str) -> JobEnd:
    place.work(job_id)
    return JobEnd.decode(place.services.store.get(keys.end(job_id)))


def let_pass(place: Place, job_id: str) -> None:
    """Its deadline was a moment ago."""
    place.turns.change(job_id, {"deadline": datetime.now(UTC) - timedelta(seconds=1)})


def test_a_job_ends_in_time_and_nothing_is_said_of_its_deadline(place: Place) -> None:
    job_id = place.submit(wish=Wish(deadline=datetime.now(UTC) + timedelta(hours=1)))
    end = ended(place, job_id)
    assert (end.state, end.error) == ("succeeded", None)


def test_one_that_did_not_end_fails_with_what_it_had_done(place: Place) -> None:
    job_id = place.planned()
    place.take()
    let_pass(place, job_id)
    place.rounds(1)
    end = ended(place, job_id)
    assert end.state == "failed"
    assert end.error is not None
    assert end.error.field == "deadline"
    assert "has passed, with 4 of 40 images done, which are kept" in end.error.message
    assert end.summary is not None
    assert place.services.store.head(keys.file(job_id, "results.parquet")) is not None


def test_one_that_nobody_had_begun_with_says_so(place: Place) -> None:
    job_id = place.submit()
    let_pass(place, job_id)
    place.rounds(1)
    end = ended(place, job_id)
    assert end.error is not None
    assert "no worker had begun with it" in end.error.message


def test_a_paused_one_is_ended_too_and_says_who_paused_it(place: Place) -> None:
    job_id = place.submit()
    place.turns.pause(job_id, by="anna")
    let_pass(place, job_id)
    place.rounds(1)
    end = ended(place, job_id)
    assert end.error is not None
    assert "while it was paused by anna" in end.error.message


def test_a_deadline_is_kept_although_redis_loses_its_data(place: Place) -> None:
    job_id = place.submit()
    let_pass(place, job_id)
    place.lose_redis()
    place.rounds(1)
    assert ended(place, job_id).state == "failed"
