"""Jobs are submitted, found, waited for, cancelled and retried."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from dispatch.submission import submit
from florescope import (
    AmbiguousId,
    Client,
    InvalidAddress,
    Job,
    JobFailed,
    JobState,
    NotFound,
    Refused,
    WaitTimeout,
)
from jobs.job import Origin
from jobs.specs.spec import spec_adapter
from tests.services.light_explanations import light_spec


def test_a_job_is_submitted_and_waited_for(stack: Any, client: Client) -> None:
    job = client.submit(light_spec(4), name="mine")
    assert (job.state, job.last.name, job.summary()) == (JobState.QUEUED, "mine", {})
    stack.work_on(job)
    assert job.wait(timeout_s=20) is job
    assert job.state is JobState.COMPLETED_WITH_ERRORS
    assert job.summary()["explained"] == 3


def test_a_job_may_stand_where_its_id_is_expected(client: Client) -> None:
    training = client.submit(kind="train", dataset="synthetic_flowers", backbone="SmallCNN", weights="none")
    assert client.submit(light_spec(4), model=training).spec["model"] == f"job:{training.id}"


def test_the_same_key_is_the_same_job(client: Client) -> None:
    first, second = (client.submit(light_spec(4), idempotency_key="k") for _ in range(2))
    assert first == second
    assert client.submit(light_spec(4)) != first


def test_jobs_that_are_no_trials_are_asked_for_by_an_empty_parent(stack: Any, client: Client) -> None:
    alone = client.submit(light_spec(4))
    queues = {"board": stack.connection.board, "queue": stack.connection.queue}
    trial = submit(spec_adapter.validate_python(light_spec(4)), store=stack.store, origin=Origin(parent="s"), **queues)
    assert [job.id for job in client.jobs(parent="")] == [alone.id]
    assert [job.id for job in client.jobs(parent="s")] == [trial.job.id]
    assert len(client.jobs(parent=None)) == 2


def test_a_refusal_names_the_field(client: Client) -> None:
    with pytest.raises(Refused, match=r"shard_size: .*greater than or equal to 1") as refused:
        client.submit(light_spec(4), shard_size=0)
    assert refused.value.status == 422


def test_waiting_ends_at_its_limit_and_the_job_goes_on(client: Client) -> None:
    job = client.submit(light_spec(4))
    with pytest.raises(WaitTimeout, match=r"not over after 0.2 s"):
        job.wait(timeout_s=0.2)
    with pytest.raises(TimeoutError):
        job.wait(timeout_s=0.01)
    assert job.state is JobState.QUEUED


def test_a_job_is_waited_for_while_the_api_restarts(stack: Any) -> None:
    with Client(stack.url) as client:
        with stack.serving():
            job = client.submit(light_spec(4))
            following = threading.Thread(target=job.wait, kwargs={"timeout_s": 60})
            following.start()
        stack.work_on(job)
        assert following.is_alive()
        with stack.serving():
            following.join(30)
            assert job.last.over


def test_a_job_that_is_cancelled_is_an_error_of_waiting(stack: Any, client: Client) -> None:
    job = client.submit(light_spec(4)).cancel()
    stack.work_on(job)
    with pytest.raises(JobFailed, match=f"job {job.id} was cancelled"):
        job.wait(timeout_s=20)
    assert job.wait(check=False).state is JobState.CANCELLED


def test_failed_images_are_retried_as_a_new_job(explained: Job) -> None:
    again = explained.retry()
    assert again.last.document["retry_of"] == explained.id
    assert again != explained


def test_jobs_are_listed_newest_first(client: Client) -> None:
    made = [client.submit(light_spec(4)) for _ in range(3)]
    assert client.jobs(limit=2) == made[:0:-1]
    assert client.jobs(kind="train") == []


def test_jobs_have_names_tags_and_notes_and_are_found_by_them(client: Client) -> None:
    job = client.submit(light_spec(4), name="first")
    client.submit(light_spec(4))
    job.annotate(name="roses", tags=["good", "kept"], notes="look again")
    assert (job.last.name, job.last.remarks["notes"]) == ("roses", "look again")
    assert client.jobs(tag="kept") == client.jobs(q="roses") == [job]
    assert job.annotate(name="").last.name == "first"
    assert job.last.remarks["tags"] == ["good", "kept"]
    with pytest.raises(Refused, match="sort: "):
        client.jobs(sort="beauty")


def test_a_job_that_was_waited_for_keeps_its_name_and_tags(stack: Any, client: Client) -> None:
    job = client.submit(light_spec(4), name="first").annotate(name="roses", tags=["kept"])
    stack.work_on(job)
    job.wait(timeout_s=20)
    assert (job.last.over, job.last.name, job.last.remarks["tags"]) == (True, "roses", ["kept"])


def test_a_job_is_found_by_the_beginning_of_its_id(client: Client) -> None:
    first = client.submit(light_spec(4))
    assert client.find_job(first.id[:4].upper()) == first
    second = client.submit(light_spec(4))
    assert client.find_job(second.id) == second
    with pytest.raises(AmbiguousId, match=f"such as {second.id} and {first.id}"):
        client.find_job(first.id[:4])


def test_an_archived_job_is_found_by_the_beginning_of_its_id_too(client: Client) -> None:
    archived = client.submit(light_spec(4))
    client.housekeeping.archive(archived.id)
    assert client.find_job(archived.id[:4]) == archived
    other = client.submit(light_spec(4))
    with pytest.raises(AmbiguousId, match=f"such as {other.id} and {archived.id}"):
        client.find_job(other.id[:4])
    assert client.jobs_beginning(other.id[:4], limit=1) == [other]


@pytest.mark.parametrize("job_id", ["", "nothing", "..", "../jobs", "a/b?c=d#e", "x" * 65, "\u202e", "01\n02"])
def test_an_id_that_is_none_is_refused(client: Client, job_id: str) -> None:
    client.submit(light_spec(4))
    with pytest.raises(NotFound, match="there is no job"):
        client.find_job(job_id)
    with pytest.raises(Refused):
        client.job(job_id)


def test_the_address_comes_from_the_environment(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLORESCOPE_API_URL", f"{client.url}/")
    with Client() as made:
        assert made.url == client.url
        assert made.jobs() == []
    monkeypatch.setenv("FLORESCOPE_API_URL", "localhost")
    with pytest.raises(InvalidAddress, match="'localhost' is not the address of an API"):
        Client()
