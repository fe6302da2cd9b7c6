"""What a job shows as done does not fall back, although Redis loses its data."""

from __future__ import annotations

import pytest
import redis

from api.readers.jobs.live_views import LiveViews
from dispatch.connection import Connection
from jobs.job import Snapshot
from jobs.live.progress import Progress
from tests.integration.api.conftest import Api
from tests.services.redis_server import RedisServer


def shown(api: Api, job_id: str) -> list[tuple[str, float]]:
    """State and progress of a job, by itself and in the list."""
    one = api.http.get(f"/v1/jobs/{job_id}").json()
    listed = {job["id"]: job for job in api.http.get("/v1/jobs").json()["items"]}[job_id]
    return [(job["state"], job["progress"]["done"]) for job in (one, listed)]


def test_a_job_shows_what_it_showed_before_until_redis_knows_more(api: Api, shared_redis: RedisServer) -> None:
    job_id = api.submit()
    assert shown(api, job_id) == [("queued", 0)] * 2
    api.publish(job_id, done=6)
    assert shown(api, job_id) == [("running", 6)] * 2
    redis.Redis.from_url(shared_redis.url).flushall()
    assert shown(api, job_id) == [("running", 6)] * 2
    api.publish(job_id, done=4)  # what the reports say: a step under way is not in there
    assert shown(api, job_id) == [("running", 6)] * 2
    api.publish(job_id, done=7)
    assert shown(api, job_id) == [("running", 7)] * 2


def test_the_end_of_a_job_says_what_it_says(api: Api) -> None:
    job_id = api.submit()
    api.publish(job_id, done=12)
    assert shown(api, job_id) == [("running", 12)] * 2
    api.end(job_id)
    assert shown(api, job_id) == [("succeeded", 10)] * 2


@pytest.mark.parametrize("jobs", [1, 3])
def test_views_of_the_jobs_that_were_asked_for_last_are_kept(connection: Connection, jobs: int) -> None:
    views = LiveViews(connection.board.progress, kept=2)
    for number in range(jobs):
        connection.board.progress.publish(Snapshot(job_id=f"{number}", progress=Progress(done=number)))
        views.current([f"{number}"])
    kept = [number for number in range(jobs) if views.last(f"{number}")]
    assert kept == list(range(jobs))[-2:]
