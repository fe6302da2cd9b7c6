"""Says which addresses of channels are taken, and what of one may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from jobs.errors import InvalidSpec
from jobs.notice.channel import ChannelKind

WEBHOOK_SCHEMES = ("https", "http")
_MESSAGES = {
    "mailto": "mail",
    "mailtos": "mail, encrypted",
    "slack": "Slack",
    "discord": "Discord",
    "workflows": "Microsoft Teams",
    "gchat": "Google Chat",
    "tgram": "Telegram",
    "matrix": "Matrix",
    "matrixs": "Matrix, encrypted",
    "mmost": "Mattermost",
    "mmosts": "Mattermost, encrypted",
    "rocket": "Rocket.Chat",
    "rockets": "Rocket.Chat, encrypted",
    "zulip": "Zulip",
    "webex": "Webex",
    "wxteams": "Webex",
    "ntfy": "ntfy",
    "ntfys": "ntfy, encrypted",
    "pover": "Pushover",
    "pagerduty": "PagerDuty",
    "signal": "Signal",
    "signals": "Signal, encrypted",
}
MESSAGE_SCHEMES: Mapping[str, str] = MappingProxyType(_MESSAGES)
"""Schemes of apprise that chats and mail have; the others could run programs or write files of the worker."""
LONGEST = 2000


def check_address(url: str, kind: ChannelKind) -> None:
    """Let an address pass whose form is right; nothing is looked up. The message never repeats the address.

    Raises:
        InvalidSpec: it is none for this kind of channel.
    """
    taken = WEBHOOK_SCHEMES if kind == "webhook" else tuple(MESSAGE_SCHEMES)
    if _scheme(url) not in taken:
        raise InvalidSpec(f"the address of a {kind} begins with {_listed(taken)}", field="url")
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url) or len(url) > LONGEST:
        raise InvalidSpec(f"an address has no blanks, and at most {LONGEST} letters", field="url")
    if kind == "webhook":
        _check_webhook(url)


def shown_address(url: str, kind: ChannelKind) -> str:
    """What tells channels apart and is no secret: scheme and host of a webhook, the service of a message."""
    scheme = _scheme(url)
    if not scheme:
        return "…"
    if kind == "webhook":
        return f"{scheme}://{_host(url)}/…"
    return MESSAGE_SCHEMES.get(scheme, scheme)


def _check_webhook(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise InvalidSpec(
            "the host or the port of the webhook's address cannot be one: a port is a number up to 65535, and an "
            "address of IPv6 stands in brackets",
            field="url",
        ) from None
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise InvalidSpec("the address of a webhook names a host, and neither user nor password", field="url")


def _scheme(url: str) -> str:
    """What stands before ``://``. Behind it, messages have tokens, which need not look like a host and a port."""
    scheme, separator, _ = url.partition("://")
    return scheme.lower() if separator else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _listed(schemes: tuple[str, ...]) -> str:
    return ", ".join(f"{scheme}://" for scheme in schemes)
