from __future__ import annotations

import pytest

from jobs import keys
from jobs.state import JobState
from tests.integration.api.conftest import Api, assert_problem


def test_a_job_that_is_asked_to_stop_is_cancelling(api: Api) -> None:
    job_id = api.submit()
    answer = api.http.post(f"/v1/jobs/{job_id}:cancel")
    assert answer.status_code == 202
    assert answer.json()["state"] == "cancelling"
    assert answer.headers["location"] == f"/v1/jobs/{job_id}"
    assert api.http.get(f"/v1/jobs/{job_id}").json()["state"] == "cancelling"
    assert api.connection.board.stopped(job_id)
    assert (job_id, "finalize") in api.connection.queue.waiting()


def test_asking_again_is_fine(api: Api) -> None:
    job_id = api.submit()
    answers = [api.http.post(f"/v1/jobs/{job_id}:cancel") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    api.end(job_id, JobState.CANCELLED)
    answer = api.http.post(f"/v1/jobs/{job_id}:cancel")
    assert answer.status_code == 202
    assert answer.json()["state"] == "cancelled"


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.COMPLETED_WITH_ERRORS, JobState.FAILED])
def test_a_job_that_is_over_cannot_be_cancelled(api: Api, state: JobState) -> None:
    job_id = api.submit()
    api.end(job_id, state)
    body = assert_problem(api.http.post(f"/v1/jobs/{job_id}:cancel"), 409)
    assert f"it is {state.value}" in body["detail"]
    assert api.store.head(keys.cancel(job_id)) is None


def test_a_job_that_is_not_there_cannot_be_cancelled(api: Api) -> None:
    before = api.contents()
    assert_problem(api.http.post("/v1/jobs/nothing:cancel"), 404)
    assert api.contents() == before
