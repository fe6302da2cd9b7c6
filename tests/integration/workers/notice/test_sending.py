"""People and programs are told that a job is over, at least once, whatever dies on the way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import redis
from standardwebhooks import Webhook, WebhookVerificationError

from dispatch.notice.channels import remove_channel
from dispatch.notice.outbox import notices_of, put_test, waiting_notices
from jobs import keys
from jobs.job import Problem
from jobs.notice import notice_keys
from jobs.notice.notice import NoticeState
from jobs.state import JobState
from tests.integration.workers.notice.conftest import PROJECT, Sender
from tests.services.redis_server import RedisServer
from workers.lifecycle.end_job import bare_end, close, read_end
from workers.notice import deliver as delivering
from workers.notice import send_due


def test_a_webhook_is_signed_so_that_the_library_of_the_receiver_verifies_it(sender: Sender) -> None:
    channel, job_id = sender.channel(), sender.submit()
    sender.end(job_id)
    assert sender.send() == 1
    (request,) = sender.there.requests
    told = Webhook(channel.secret).verify(request.body, dict(request.headers))
    assert told["type"] == "job.ended"
    assert told["data"]["job_id"] == job_id
    assert (told["data"]["state"], told["data"]["name"], told["data"]["submitter"]) == ("succeeded", "roses", "anna")
    assert told["data"]["url"] == f"https://flores.example.org/jobs/{job_id}"
    with pytest.raises(WebhookVerificationError):
        Webhook(channel.secret).verify(request.body + b" ", dict(request.headers))


def test_what_was_told_is_written_down_and_not_told_again(sender: Sender) -> None:
    sender.channel()
    sender.end(sender.submit())
    assert (sender.send(), sender.send()) == (1, 0)
    (notice,) = sender.notices()
    assert (notice.state, notice.next_at) == (NoticeState.DELIVERED, None)
    assert [(each.delivered, each.outcome) for each in notice.attempts] == [(True, "answered 200")]
    assert list(waiting_notices(sender.services.store)) == []


def test_what_was_not_taken_waits_and_is_tried_again_with_the_same_id(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.channel("500")
    sender.end(sender.submit())
    assert (sender.send(), sender.send()) == (1, 0)
    (notice,) = sender.notices()
    assert notice.state is NoticeState.WAITING
    assert notice.next_at is not None
    monkeypatch.setattr(send_due, "_later", {})
    due = notice.model_copy(update={"next_at": datetime.now(UTC) - timedelta(seconds=1)})
    sender.services.store.put(notice_keys.notice(PROJECT, notice.id), due.encode())
    sender.channel("200")
    assert sender.send() == 1
    assert {each.headers["Webhook-Id"] for each in sender.there.requests} == {notice.id}
    assert [each.outcome for each in sender.notices()[0].attempts] == ["answered 500", "answered 200"]


def test_a_worker_that_dies_between_sending_and_writing_that_down_sends_it_again_with_the_same_id(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.channel()
    sender.end(sender.submit())

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(send_due, "note_attempt", die)
        with pytest.raises(KeyboardInterrupt):
            sender.send()
    assert sender.send() == 1
    first, second = sender.there.requests
    assert first.headers["Webhook-Id"] == second.headers["Webhook-Id"]
    assert first.body == second.body
    assert sender.notices()[0].state is NoticeState.DELIVERED


def test_a_worker_that_dies_before_it_removes_the_marker_sends_nothing_again(sender: Sender) -> None:
    sender.channel()
    job_id = sender.submit()
    sender.end(job_id)
    sender.send()
    sender.services.store.put(notice_keys.waiting(PROJECT, sender.notices()[0].id), b"")
    assert sender.send() == 0
    assert list(waiting_notices(sender.services.store)) == []
    assert len(sender.there.requests) == 1


def test_a_job_that_is_closed_again_tells_nobody_again(sender: Sender) -> None:
    sender.channel()
    job_id = sender.submit()
    sender.end(job_id)
    close(read_end(job_id, sender.services), sender.services)
    sender.send()
    close(read_end(job_id, sender.services), sender.services)
    assert sender.send() == 0
    assert len(sender.there.requests) == 1


def test_a_job_that_ended_without_a_word_is_told_of_when_it_is_closed(sender: Sender) -> None:
    """A worker that died right after it wrote the end leaves ``active/``, by which reconciliation closes the job."""
    sender.channel()
    job_id = sender.submit()
    store = sender.services.store
    store.put(keys.end(job_id), bare_end(job_id, JobState.SUCCEEDED, Problem(message="")).encode())
    assert sender.notices() == []
    close(read_end(job_id, sender.services), sender.services)
    assert sender.send() == 1


def test_a_redis_that_loses_everything_loses_no_notice(sender: Sender, shared_redis: RedisServer) -> None:
    sender.channel()
    sender.end(sender.submit())
    redis.Redis.from_url(shared_redis.url).flushall()
    assert sender.send() == 1
    assert len(sender.there.requests) == 1


def test_no_project_waits_behind_all_notices_of_another(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    store, channel = sender.services.store, sender.channel()
    for project in ("rose", "rose", "rose", "tulip"):
        put_test(project, channel, store, asked_by="anna")
    monkeypatch.setattr(send_due, "MOST_A_ROUND", 2)
    assert sender.send() == 2
    tried = [sum(len(each.attempts) for each in notices_of(project, store)) for project in ("rose", "tulip")]
    assert tried == [1, 1]


def test_two_workers_do_not_send_at_the_same_time(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    sender.channel()
    sender.end(sender.submit())
    tried = []

    def deliver(*given: object, **named: object) -> object:
        tried.append(sender.send())
        return delivering.deliver(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(send_due, "deliver", deliver)
    assert sender.send() == 1
    assert tried == [0]
    assert len(sender.there.requests) == 1


def test_a_channel_hears_of_the_ends_that_it_asks_for_and_of_jobs_that_name_it(sender: Sender) -> None:
    sender.channel(name="failures", states=(JobState.FAILED,))
    sender.channel(name="asked", every_job=False)
    well, badly, named = sender.submit(), sender.submit(), sender.submit(notify=["asked"])
    sender.end(well)
    sender.end(badly, JobState.FAILED)
    sender.end(named)
    assert {(each.job_id, each.channel) for each in sender.notices()} == {(badly, "failures"), (named, "asked")}
    assert [each.job_id for each in sender.notices(badly)] == [badly]


def test_nobody_is_told_of_jobs_that_a_job_started_itself(sender: Sender) -> None:
    sender.channel()
    sender.end(sender.submit(parent=sender.submit()))
    assert sender.notices() == []


def test_what_waits_for_a_channel_that_was_removed_is_given_up(sender: Sender) -> None:
    sender.channel()
    sender.end(sender.submit())
    remove_channel(PROJECT, "ci", sender.services.store)
    sender.send()
    (notice,) = sender.notices()
    assert (notice.state, notice.attempts[0].outcome) == (NoticeState.GIVEN_UP, "the channel was removed")


def test_no_secret_leaves_by_notices_or_logs(sender: Sender, capfd: pytest.CaptureFixture[str]) -> None:
    channel = sender.channel("500/token-of-the-team")
    sender.end(sender.submit())
    sender.send()
    said = json.dumps([each.model_dump(mode="json") for each in sender.notices()]) + "".join(capfd.readouterr())
    said += repr(channel)
    assert "token-of-the-team" not in said
    assert channel.secret not in said
