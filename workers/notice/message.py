"""Sends a message to a chat or by mail, through apprise."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field

import apprise

from workers.notice.outcome import Outcome

_STATUS = re.compile(r"error=(\d{3})\b")


@dataclass(frozen=True)
class Message:
    """A message that is to be sent.

    Attributes:
        url: as apprise has it.
        tone: ``info``, ``success``, ``warning`` or ``failure``.
    """

    url: str = field(repr=False)
    title: str
    text: str
    tone: str


class _Statuses(logging.Handler):
    """Keeps of apprise's log the status that a service answered, and nothing else: the rest may hold secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the statuses that stand in a line of the log."""
        self.found += _STATUS.findall(record.getMessage())


def send_message(message: Message) -> Outcome:
    """Send it; what the service says besides its status is not kept."""
    statuses, log = _Statuses(), logging.getLogger("apprise")
    log.handlers, log.propagate = [statuses], False
    asset = apprise.AppriseAsset(app_id="Florescope", async_mode=False)
    sender, service = apprise.Apprise(asset=asset), apprise.Apprise.instantiate(message.url, asset=asset)
    # a service, not the text: apprise would split that at commas, and take schemes that nobody has checked
    if service is None or not sender.add(service):
        return Outcome(delivered=False, words="the address is not complete: apprise cannot read it", for_good=True)
    if sender.notify(body=message.text, title=message.title, notify_type=message.tone):
        return Outcome(delivered=True, words="taken by the service")
    said = f"answered {statuses.found[-1]}" if statuses.found else "nobody took it"
    return Outcome(delivered=False, words=said)
