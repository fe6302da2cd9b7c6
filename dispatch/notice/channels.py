"""Stores where projects are told that jobs are over."""

from __future__ import annotations

import base64
import secrets

import structlog

from jobs.errors import Corrupt, InvalidSpec, ObjectNotFound
from jobs.notice import notice_keys
from jobs.notice.channel import MOST_CHANNELS, Channel, ProjectChannels
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
_SECRET_BYTES = 32


def read_channels(project: str, store: ObjectStore) -> ProjectChannels:
    """The channels of a project; none where nobody set any.

    Raises:
        Corrupt, NewerVersion: they cannot be read.
    """
    try:
        return ProjectChannels.decode(store.get(notice_keys.channels(project)))
    except ObjectNotFound:
        return ProjectChannels(project=project)


def read_channel(project: str, name: str, store: ObjectStore) -> Channel:
    """A channel of a project.

    Raises:
        ObjectNotFound: there is none of this name.
    """
    known = read_channels(project, store)
    found = known.named(name)
    if found is None:
        listed = ", ".join(each.name for each in known.channels) or "none"
        raise ObjectNotFound(f"the project {project!r} has no channel {name!r}; it has {listed}")
    return found


def set_channel(project: str, channel: Channel, store: ObjectStore) -> None:
    """Add a channel, in place of the one of the same name, or of all where what is stored of them is damaged.

    Raises:
        InvalidSpec: there are too many.
        NewerVersion: a later release wrote them.
    """
    others = _others(project, channel.name, store)
    if len(others) >= MOST_CHANNELS:
        raise InvalidSpec(f"a project has at most {MOST_CHANNELS} channels: remove one first")
    _write(ProjectChannels(project=project, channels=(*others, channel)), store)


def _others(project: str, name: str, store: ObjectStore) -> tuple[Channel, ...]:
    try:
        return read_channels(project, store).without(name)
    except Corrupt as error:
        _log.error("channels_unreadable", project=project, error=str(error))
        return ()


def remove_channel(project: str, name: str, store: ObjectStore) -> None:
    """Tell nobody by this channel any more; what still waits to be sent by it is given up.

    Raises:
        ObjectNotFound: there is none of this name.
    """
    read_channel(project, name, store)
    _write(ProjectChannels(project=project, channels=read_channels(project, store).without(name)), store)


def new_secret() -> str:
    """A secret to sign with, as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def _write(channels: ProjectChannels, store: ObjectStore) -> None:
    store.put(notice_keys.channels(channels.project), channels.encode(), content_type="application/json")
