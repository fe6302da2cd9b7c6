"""Says which addresses of channels are taken, and what of one may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

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
    parts = _parts(url)
    taken = WEBHOOK_SCHEMES if kind == "webhook" else tuple(MESSAGE_SCHEMES)
    if parts is None or parts.scheme not in taken:
        raise InvalidSpec(f"the address of a {kind} begins with {_listed(taken)}", field="url")
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url) or len(url) > LONGEST:
        raise InvalidSpec(f"an address has no blanks, and at most {LONGEST} letters", field="url")
    if kind == "webhook" and (not parts.hostname or parts.username is not None or parts.password is not None):
        raise InvalidSpec("the address of a webhook names a host, and neither user nor password", field="url")


def shown_address(url: str, kind: ChannelKind) -> str:
    """What tells channels apart and is no secret: scheme and host of a webhook, the service of a message."""
    parts = _parts(url)
    if parts is None:
        return "…"
    if kind == "webhook":
        return f"{parts.scheme}://{parts.hostname or ''}/…"
    return MESSAGE_SCHEMES.get(parts.scheme, parts.scheme)


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme else None


def _listed(schemes: tuple[str, ...]) -> str:
    return ", ".join(f"{scheme}://" for scheme in schemes)
