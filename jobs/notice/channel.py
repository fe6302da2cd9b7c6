"""Channels of a project: where it is told that a job is over. Their addresses are secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from jobs.names.project_name import PROJECT
from jobs.state import TERMINAL, JobState
from jobs.value import Document, Value

CHANNEL = PROJECT
"""Names of channels have the form of those of projects."""
MOST_CHANNELS = 20
ChannelName = Annotated[str, Field(pattern=CHANNEL)]
ChannelKind = Literal["webhook", "message"]
ENDS = tuple(state for state in JobState if state in TERMINAL)


class Channel(Value):
    """One way to tell people or programs.

    Attributes:
        kind: a webhook is a signed request to a program; a message goes to a chat or by mail.
        url: whoever knows it can write there, so it is never shown again, nor logged.
        secret: by which requests of a webhook are signed, ``whsec_`` and base64; empty of messages.
        states: in which a job must have ended.
        every_job: whether all jobs of the project are told of; else those that name the channel in ``notify``.
        created_by: the name of who set it; empty where nobody had to say who they are.
    """

    name: ChannelName
    kind: ChannelKind
    url: str = Field(repr=False)
    secret: str = Field(default="", repr=False)
    states: tuple[JobState, ...] = ENDS
    every_job: bool = True
    created_at: datetime
    created_by: str = ""


class ProjectChannels(Document):
    """The channels of a project, as they are stored."""

    project: str
    channels: tuple[Channel, ...] = ()

    def named(self, name: str) -> Channel | None:
        """The channel of this name; None where there is none."""
        return next((each for each in self.channels if each.name == name), None)

    def without(self, name: str) -> tuple[Channel, ...]:
        """All channels but the one of this name."""
        return tuple(each for each in self.channels if each.name != name)
