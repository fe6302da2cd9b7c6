"""Channels by the command line and the client, with a worker that sends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from standardwebhooks import Webhook

from cli.exit_code import ExitCode
from florescope import Client
from tests.integration.florescope.conftest import Stack
from tests.services.command_line import Run, command_line
from tests.services.receiver import Receiver, receiver
from tests.services.worker_services import services_on
from workers.notice.send_due import send_due
from workers.step.services import NoticeOptions


@pytest.fixture
def florescope(client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return command_line(client.url, capsys=capsys, monkeypatch=monkeypatch)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@contextmanager
def sending(stack: Stack) -> Iterator[None]:
    """A worker that sends, as long as it is entered."""
    here = replace(
        services_on(stack.connection, stack.store), notices=NoticeOptions(private_hosts=frozenset({"127.0.0.1"}))
    )
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            send_due(here)
            time.sleep(0.1)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_channel_is_set_tried_and_removed(florescope: Run, stack: Stack, there: Receiver) -> None:
    ran = florescope("notify", "set", "ci", "webhook", there.url("200/token"), "--state", "failed", "--named")
    secret = ran.out.strip()
    assert (ran.code, secret[:6]) == (ExitCode.OK, "whsec_")
    with sending(stack):
        ran = florescope("notify", "test", "ci")
    assert (ran.code, ran.out) == (ExitCode.OK, "ci: answered 200\n")
    (request,) = there.requests
    assert Webhook(secret).verify(request.body, dict(request.headers))["type"] == "test"
    listed = florescope("notify", "list")
    assert all(words in listed.out for words in ("ci", "http://127.0.0.1/…", "failed", "jobs that name it"))
    assert "token" not in listed.out
    assert florescope("notify", "remove", "ci").code == ExitCode.OK
    assert florescope("notify", "list").err == "no channels\n"


def test_a_test_that_was_not_taken_has_an_exit_code_of_its_own(florescope: Run, stack: Stack, there: Receiver) -> None:
    florescope("notify", "set", "ci", "webhook", there.url("500"))
    with sending(stack):
        ran = florescope("notify", "test", "ci")
    assert (ran.code, ran.out) == (ExitCode.NOT_TAKEN, "ci: answered 500\n")
    log = florescope("notify", "log").out
    assert all(words in log for words in ("ci", "test", "waiting", "answered 500"))


def test_the_log_is_that_of_one_job_where_it_is_named(florescope: Run, client: Client) -> None:
    florescope("notify", "set", "chat", "message", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/")
    job = client.submit(kind="train", dataset="synthetic_flowers", backbone="SmallCNN", weights="none", notify=["chat"])
    client.channels().test("chat", wait_s=0)
    assert len(json.loads(florescope("notify", "log", "--json").out)["items"]) == 1
    ran = florescope("notify", "log", "--job", job.id, "--json")
    assert json.loads(ran.out) == {"items": []}


def test_a_job_that_is_submitted_from_a_terminal_names_its_channels(florescope: Run, client: Client) -> None:
    florescope("notify", "set", "chat", "message", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", "--named")
    train = ("train", "--dataset", "synthetic_flowers", "--backbone", "SmallCNN", "--weights", "none", "--no-wait")
    assert florescope(*train, "--notify", "chat").code == ExitCode.OK
    assert client.jobs(limit=1)[0].last.document["spec"]["notify"] == ["chat"]


def test_an_address_that_is_none_is_refused_without_being_repeated(florescope: Run) -> None:
    ran = florescope("notify", "set", "chat", "message", "exec://secret-token")
    assert ran.code == ExitCode.REFUSED
    assert "slack://" in ran.err
    assert "secret-token" not in ran.err + ran.out
