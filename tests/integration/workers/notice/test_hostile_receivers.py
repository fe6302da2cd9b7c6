"""Receivers that are slow, lead inside, send far too much or hang up harm nothing but their own notices."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from structlog.testing import capture_logs

from jobs.notice.notice import Attempt
from tests.integration.workers.notice.conftest import Sender
from tests.services.receiver import HUGE_BYTES, receiver
from workers.notice import send_due
from workers.notice.deliver import deliver
from workers.notice.webhook import SignedRequest, send_webhook


def tried(sender: Sender, **options: Any) -> Attempt:
    """End a job, send its notice, and return how that went."""
    sender.end(sender.submit())
    sender.send(**options)
    (notice,) = sender.notices()
    return notice.attempts[0]


def test_a_slow_receiver_is_given_up_in_time(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends a letter of a header now and then, so no single wait is long."""
    sender.channel("slow")
    monkeypatch.setattr(send_due, "deliver", lambda *given, **named: deliver(*given, **named, limit_s=6.0))
    attempt = tried(sender)
    assert (attempt.delivered, attempt.outcome) == (False, "no answer within 6 s")
    assert len(sender.there.requests) == 1


def test_a_redirection_is_not_followed(sender: Sender) -> None:
    sender.channel("inward")
    assert tried(sender).outcome == "answered 302: redirects are not followed"
    assert [each.path for each in sender.there.requests] == ["/inward"]


def test_a_huge_answer_is_not_read(sender: Sender) -> None:
    sender.channel("huge")
    assert tried(sender).delivered
    assert sender.there.sent_bytes < HUGE_BYTES / 100


@pytest.mark.parametrize(("how", "said"), [("closes", "not taken"), ("nonsense", "not taken"), ("410", "answered 410")])
def test_a_receiver_that_hangs_up_or_speaks_nonsense_is_one_that_did_not_take_it(
    sender: Sender, how: str, said: str
) -> None:
    sender.channel(how)
    attempt = tried(sender)
    assert not attempt.delivered
    assert attempt.outcome.startswith(said)


def test_nobody_listens(sender: Sender) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender.channel(url=f"http://127.0.0.1:{taken.getsockname()[1]}/token")
        attempt = tried(sender)
    assert attempt.outcome == "not taken: new connection error"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_nothing_is_sent_to_this_machine_however_it_is_written(sender: Sender, host: str) -> None:
    sender.channel(url=f"http://{host}:{sender.there.port}/200")
    attempt = tried(sender, private_hosts=())
    assert not attempt.delivered
    assert attempt.outcome.startswith("not sent: ")
    assert sender.there.requests == []


def test_a_host_that_is_allowed_does_not_allow_another(sender: Sender) -> None:
    sender.channel()
    assert tried(sender, private_hosts=("localhost",)).outcome.startswith("not sent: ")
    assert sender.there.requests == []


def test_a_name_that_changes_its_address_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """First it leads to a receiver that is allowed, then to another one (DNS rebinding)."""
    looked_up: list[str] = []
    genuine = socket.getaddrinfo

    def changing(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host != "rebinding.test":
            return genuine(host, port, *rest, **named)
        looked_up.append(host)
        return genuine("127.0.0.1" if len(looked_up) == 1 else "127.0.0.2", port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    with receiver() as asked, receiver("127.0.0.2", asked.port) as inside:
        wanted = SignedRequest(f"http://rebinding.test:{asked.port}/200", "whsec_c2VjcmV0", "one", "{}")
        assert send_webhook(wanted, private_hosts={"rebinding.test"}).delivered
        assert [each.headers["Host"] for each in asked.requests] == [f"rebinding.test:{asked.port}"]
        assert inside.requests == []
    assert looked_up == ["rebinding.test"]


def test_a_message_reaches_a_chat(sender: Sender) -> None:
    sender.channel(kind="message", url=f"ntfy://127.0.0.1:{sender.there.port}/topic")
    assert tried(sender).outcome == "taken by the service"
    (request,) = sender.there.requests
    assert b"train roses succeeded" in request.body + request.headers.get("X-Title", "").encode()


def test_an_address_is_one_service_and_not_a_list_of_them(sender: Sender) -> None:
    """The scheme of a second one would be one that nobody has checked."""
    second = f"json://127.0.0.1:{sender.there.port}/second"
    sender.channel(kind="message", url=f"ntfy://127.0.0.1:{sender.there.port}/topic?priority=low,{second}")
    tried(sender)
    assert "/second" not in [each.path for each in sender.there.requests]
    assert len(sender.there.requests) <= 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_message_goes_inside(sender: Sender, host: str) -> None:
    sender.channel(kind="message", url=f"ntfy://{host}:{sender.there.port}/topic")
    attempt = tried(sender, private_hosts=())
    assert attempt.outcome == "not sent: it leads to an address of a private network or of this machine"
    assert sender.there.requests == []


def test_what_a_chat_says_besides_its_status_is_not_kept(sender: Sender) -> None:
    sender.channel(kind="message", url=f"mmost://127.0.0.1:{sender.there.port}/tokenofteamtokenofteam12")
    with capture_logs() as logs:
        attempt = tried(sender, private_hosts=("127.0.0.1",))
    assert "tokenofteam" not in f"{attempt}{logs}"
