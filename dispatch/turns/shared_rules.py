"""Keeps which queues are paused, and the weights of projects: in the store, with a copy in Redis for each dispatch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from dispatch.job_keys import JobKeys
from dispatch.redis_client import translated
from dispatch.refusal import unless_refused
from jobs import keys as object_keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.identity import identity_keys
from jobs.turns.turn import Pause, ProjectWeight, QueuePause
from jobs.value import Document
from store.base import ObjectInfo, ObjectStore

KEY = "rules"
# Arguments: when the copy was begun, and the copy. One that was begun later, after a change, is never replaced.
_SHOW = """
if tonumber(redis.call('GET', KEYS[2]) or 0) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
Read = TypeVar("Read", bound=Document)


@dataclass(frozen=True)
class Rules:
    """What holds for all jobs together.

    Attributes:
        pauses: of the queues that are paused.
        weights: of the projects that have another one than 1.
    """

    pauses: Mapping[str, Pause]
    weights: Mapping[str, float]


class SharedRules:
    """The copy of the rules in Redis."""

    def __init__(self, keys: JobKeys) -> None:
        self._client = keys.client
        self._key = f"{keys.prefix}{KEY}"
        self._show = keys.client.register_script(_SHOW)

    def read(self) -> Rules | None:
        """The copy; None where there is none, as after a loss of Redis."""
        with translated(self._client):
            text: Any = self._client.get(self._key)
        return read_rules(text)

    def copy(self, store: ObjectStore) -> Rules:
        """Read the store, and copy what it says."""
        with translated(self._client):
            begun = self._client.incr(f"{self._key}:begun")
        rules = stored_rules(store)
        pauses = {queue: pause.model_dump(mode="json") for queue, pause in rules.pauses.items()}
        with translated(self._client):
            told = json.dumps({"pauses": pauses, "weights": dict(rules.weights)})
            self._show(keys=[self._key, f"{self._key}:shown"], args=[begun, told])
        return rules

    def known(self, store: ObjectStore) -> Rules:
        """The copy, which is made where there is none."""
        return self.read() or self.copy(store)


def read_rules(text: str | None) -> Rules | None:
    """What ``SharedRules.copy`` wrote; None of anything else."""
    try:
        document = json.loads(text or "")
        pauses = {str(queue): Pause.model_validate(pause) for queue, pause in document["pauses"].items()}
        return Rules(pauses, {str(project): float(weight) for project, weight in document["weights"].items()})
    except (ValueError, LookupError, AttributeError, TypeError):
        return None


def stored_rules(store: ObjectStore) -> Rules:
    """What the store says; a document that cannot be read counts as if it were not there.

    A queue is paused, too, where the store refuses the document of its pause.
    """
    pauses, refused = _all(object_keys.PAUSED_QUEUES_PREFIX, QueuePause, store)
    weights, _ = _all(identity_keys.WEIGHTS_PREFIX, ProjectWeight, store)
    found = {object_keys.queue_of_pause(info.key): _unread_pause(info) for info in refused}
    found |= {each.queue: each.pause for each in pauses}
    return Rules(found, {each.project: each.weight for each in weights})


def _unread_pause(info: ObjectInfo) -> Pause:
    return Pause(at=info.modified_at or datetime.fromtimestamp(0, UTC))


def pause_queue(queue: str, pause: Pause, store: ObjectStore) -> None:
    """Take no further steps from a queue."""
    document = QueuePause(queue=queue, pause=pause)
    store.put(object_keys.paused_queue(queue), document.encode(), content_type="application/json")


def resume_queue(queue: str, store: ObjectStore) -> None:
    """Take steps from it again."""
    store.delete(object_keys.paused_queue(queue))


def read_weight(project: str, store: ObjectStore) -> ProjectWeight:
    """The weight of a project; 1 where nobody set one."""
    try:
        return ProjectWeight.decode(store.get(identity_keys.project_weight(project)))
    except ObjectNotFound:
        return ProjectWeight(project=project)


def write_weight(weight: ProjectWeight, store: ObjectStore) -> None:
    """Set the weight of a project, in place of the one before."""
    store.put(identity_keys.project_weight(weight.project), weight.encode(), content_type="application/json")


def _all(prefix: str, kind: type[Read], store: ObjectStore) -> tuple[list[Read], list[ObjectInfo]]:
    """The documents that can be read, and those that the store refuses although it answers."""
    found, refused = list[Read](), list[ObjectInfo]()
    for info in store.list(prefix):
        read = unless_refused(partial(_read, info.key, kind, store), store, otherwise=None, key=info.key)
        if read is None:
            refused.append(info)
        else:
            found += read
    return found, refused


def _read(key: str, kind: type[Read], store: ObjectStore) -> list[Read] | None:
    """The document in a list; an empty list where it cannot be read."""
    try:
        return [kind.decode(store.get(key))]
    except (Corrupt, NewerVersion, ObjectNotFound):
        return []
