"""An installation that is updated while jobs wait: what the release before kept in Redis comes over."""

from __future__ import annotations

from itertools import islice

from jobs.turns.fair_order import FairOrder, Flow
from jobs.turns.turn import Wish
from tests.integration.turns.conftest import Place

PREFIX, QUEUE = "florescope:", "explain"
TAGS = {"clock": 7.0, "project:rose": 9.5, "project:tulip": 7.0, "class:1:rose": 4.0, "class:1:tulip": 3.0}


def leave_as_before(place: Place, job_ids: list[str]) -> dict[str, float]:
    """The keys of the release before: a set of jobs for each queue, and tags that end after a week."""
    client = place.client
    client.delete(*client.keys(f"{PREFIX}order*"), f"{PREFIX}filed", f"{PREFIX}full:{QUEUE}", QUEUE)
    client.sadd(f"{PREFIX}line:{QUEUE}", *job_ids)
    tags = TAGS | {f"job:{job_ids[0]}": 6.0, f"job:{job_ids[1]}": 5.0}
    client.delete(f"{PREFIX}tags:{QUEUE}")
    client.hset(f"{PREFIX}tags:{QUEUE}", mapping={name: repr(value) for name, value in tags.items()})
    client.expire(f"{PREFIX}tags:{QUEUE}", 1000)
    return tags


def test_all_jobs_go_on_in_the_order_that_it_would_have_had(place: Place) -> None:
    place.turns.pause_queue(QUEUE, by="anna")
    jobs = [place.planned(project=project) for project in ("rose", "rose", "tulip")]
    urgent = place.planned(project="rose", wish=Wish(priority="high"))
    tags = leave_as_before(place, [*jobs, urgent])
    place.rounds(1)
    flows = [Flow(job_id, project, 1, 10) for job_id, project in zip(jobs, ("rose", "rose", "tulip"), strict=True)]
    expected = list(islice(FairOrder([*flows, Flow(urgent, "rose", 0, 10)], {}, tags), 40))
    taken = [place.services.board.lines.take(QUEUE, {}, window=10) for _ in range(40)]
    assert [job_id for job_id, _ in filter(None, taken)] == expected


def test_they_go_on_to_their_end_and_nothing_that_it_kept_is_left_over(place: Place) -> None:
    job_ids = [place.planned(project=project) for project in ("rose", "tulip")]
    leave_as_before(place, job_ids)
    place.client.delete(f"{PREFIX}next:turns")
    place.rounds(1)
    assert place.client.keys(f"{PREFIX}line:*") == []
    assert place.client.ttl(f"{PREFIX}tags:{QUEUE}") == -1
    assert [place.work(job_id) for job_id in job_ids] == ["succeeded", "succeeded"]
    assert place.client.keys(f"{PREFIX}order*") == []
    assert place.client.hkeys(f"{PREFIX}filed") == []
