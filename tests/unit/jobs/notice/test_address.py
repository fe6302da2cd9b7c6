"""Which addresses of channels are taken, and what of one is shown."""

from __future__ import annotations

import pytest
from apprise import Apprise
from apprise.manager_plugins import NotificationManager

from jobs.errors import InvalidSpec
from jobs.notice.address import MESSAGE_SCHEMES, check_address, shown_address
from jobs.notice.channel import ChannelKind


@pytest.mark.parametrize("url", ["https://example.org/hook?token=x", "http://[2001:db8::1]:8080/"])
def test_a_webhook_goes_to_an_address_of_the_web(url: str) -> None:
    check_address(url, "webhook")


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/", "file:///etc/passwd", "https:///nowhere", "https://user:password@example.org/"),
        *("https://example.org:port/", "example.org", "", "https://example.org/ hook", "https://[::1/"),
    ],
)
def test_no_other_address_is_taken_and_none_is_repeated(url: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        check_address(url, "webhook")
    assert caught.value.field == "url"
    assert not url or url not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["exec://ls", "syslog://", "dbus://", "json://127.0.0.1/", "windows://", "https://x.org/"]
)
def test_messages_go_to_chats_and_mail_alone(url: str) -> None:
    with pytest.raises(InvalidSpec, match="slack://"):
        check_address(url, "message")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of services that apprise knows besides
@pytest.mark.parametrize(
    "url",
    [
        *(
            "tgram://123456789:abcdefg_hijklmnop/12315544/",
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#training",
        ),
        *("mailto://user:pass%3Aword@example.org", "MATRIXS://user:password@example.org/#room"),
    ],
)
def test_tokens_of_chats_need_not_look_like_a_host_and_a_port(url: str) -> None:
    assert Apprise.instantiate(url) is not None
    check_address(url, "message")


@pytest.mark.parametrize("url", ["https://example.org:99999/hook", "https://example.org:port/", "https://[::1/"])
def test_a_host_or_a_port_that_cannot_be_is_named_as_what_is_wrong(url: str) -> None:
    with pytest.raises(InvalidSpec, match="a port is a number up to 65535"):
        check_address(url, "webhook")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of services that apprise knows besides
def test_every_scheme_of_messages_is_one_that_the_library_has() -> None:
    known = NotificationManager()  # type: ignore[no-untyped-call]
    assert [scheme for scheme in MESSAGE_SCHEMES if scheme not in known] == []


@pytest.mark.parametrize(
    ("url", "kind", "shown"),
    [
        ("https://hooks.example.org/services/secret?key=secret", "webhook", "https://hooks.example.org/…"),
        ("slack://secretA/secretB/secretC", "message", "Slack"),
        ("mailto://user:secret@example.org", "message", "mail"),
        ("tgram://123456789:secret/12315544", "message", "Telegram"),
    ],
)
def test_what_is_shown_of_an_address_is_no_secret(url: str, kind: ChannelKind, shown: str) -> None:
    assert shown_address(url, kind) == shown
