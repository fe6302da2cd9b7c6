"""Sends steps to workers: each message says in a few bytes which step of which job to run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import redis
from celery import Celery
from kombu.exceptions import KombuError

from dispatch.names import CLEAN_UP, LIGHT_QUEUE, QUEUES, RECONCILE, RECONCILING_QUEUES, RUN_STEP, queue_of
from dispatch.redis_client import translated
from jobs.errors import BoardUnavailable

# Carried in the message's headers, so that a waiting message can be told without decoding its body.
_HEADER = "florescope_step"


_SENT_AT = "florescope_sent_at"
READ_AT_MOST = 1000
"""At most so many messages of a queue are read, beginning with the one that is taken next."""


@dataclass(frozen=True)
class QueueOrder:
    """A queue as it will be taken.

    Attributes:
        steps: job and step of each message, the next one first; of long queues, the first ones.
        length: messages in all.
        oldest_s: seconds that the next one has waited, by the clock of whoever sent it; None where that is not known.
    """

    steps: tuple[tuple[str, str], ...]
    length: int
    oldest_s: float | None = None


def waited_s(headers: Mapping[str, Any]) -> float | None:
    """Seconds since a message was sent, by this host's clock and the sender's; None where that is not known."""
    try:
        return max(time.time() - float(headers[_SENT_AT]), 0.0)
    except (KeyError, TypeError, ValueError):
        return None


class StepQueue(Protocol):
    """Hands steps to workers."""

    def enqueue(self, job_id: str, step: str) -> None:
        """Ask for the step to be run; asking twice does no harm, since a step runs under a lease.

        Raises:
            BoardUnavailable: the broker does not answer.
        """
        ...

    def call_reconciler(self) -> None:
        """Ask for a round of reconciliation now.

        Raises:
            BoardUnavailable: the broker does not answer.
        """
        ...

    def order(self) -> dict[str, QueueOrder]:
        """What waits in each queue.

        Raises:
            BoardUnavailable: the broker does not answer.
        """
        ...


class CeleryStepQueue:
    """A queue whose messages go through Celery."""

    def __init__(self, app: Celery, client: redis.Redis, lane: Callable[[str], str]) -> None:
        """Send nothing yet; ``lane`` tells the queue through which all steps of a job go, empty where there is none."""
        self._app = app
        self._client = client
        self._lane = lane

    def enqueue(self, job_id: str, step: str) -> None:
        """Send the step's message to its queue."""
        headers = {_HEADER: f"{job_id}/{step}", _SENT_AT: time.time()}
        self._send(RUN_STEP, [job_id, step], queue=queue_of(step, self._lane(job_id)), headers=headers)

    def call_reconciler(self) -> None:
        """Ask for a round of reconciliation now rather than at its next turn."""
        self._send(RECONCILE, [], queue=LIGHT_QUEUE, headers={})

    def drop_calls(self) -> None:
        """Remove the calls for a round that wait, now that one begins: they must not pile up before what is busy.

        Of the calls to clean up, one stays: where no worker finalizes at the moment, nobody takes them. Messages that
        expire would go by the clocks of two hosts, and would lie where nobody takes them.
        """
        with translated(self._client), self._client.pipeline() as pipeline:
            for queue in RECONCILING_QUEUES:
                pipeline.lrange(queue, -READ_AT_MOST, -1)
            found: list[list[str]] = pipeline.execute()
            for queue, bodies in zip(RECONCILING_QUEUES, found, strict=True):
                tasks = [(_task_of(body), body) for body in bodies]
                calls = [body for task, body in tasks if task == RECONCILE]
                repeated = [body for task, body in tasks if task == CLEAN_UP][1:]
                for body in (*calls, *repeated):
                    pipeline.lrem(queue, -1, body)
            pipeline.execute()

    def _send(self, name: str, args: list[str], *, queue: str, headers: dict[str, Any]) -> None:
        try:
            self._app.send_task(name, args=args, queue=queue, headers=headers, retry=False, ignore_result=True)
        except (KombuError, OSError, redis.RedisError) as error:
            raise BoardUnavailable(f"the broker does not take messages: {error}") from error

    def order(self) -> dict[str, QueueOrder]:
        """What waits in each queue; of long ones, the steps that come next."""
        with translated(self._client), self._client.pipeline() as pipeline:
            for queue in QUEUES:
                pipeline.llen(queue)
                pipeline.lrange(queue, -READ_AT_MOST, -1)
            answers: list[Any] = pipeline.execute()
        lengths, bodies = answers[::2], answers[1::2]
        return {queue: _order(int(length), found) for queue, length, found in zip(QUEUES, lengths, bodies, strict=True)}

    def waiting(self) -> set[tuple[str, str]]:
        """Job and step of every message that still lies in a queue."""
        with translated(self._client), self._client.pipeline() as pipeline:
            for queue in QUEUES:
                pipeline.lrange(queue, 0, -1)
            bodies = [body for bodies in pipeline.execute() for body in bodies]
        return {step for step in map(_step_of, bodies) if step}


def _order(length: int, bodies: list[str]) -> QueueOrder:
    """Messages are put in on the left and taken on the right."""
    steps = tuple(step for step in map(_step_of, reversed(bodies)) if step)
    sent = next((at for at in map(_sent_at, reversed(bodies)) if at is not None), None)
    return QueueOrder(steps, length, None if sent is None else max(time.time() - sent, 0.0))


def _task_of(body: str) -> object:
    """The name of the task that a message is for; None of what is no message."""
    try:
        return json.loads(body)["headers"]["task"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _sent_at(body: str) -> float | None:
    try:
        return float(json.loads(body)["headers"][_SENT_AT])
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None


def _step_of(body: str) -> tuple[str, str] | None:
    """Job and step of a message; None of other tasks' messages, and of what is no message."""
    try:
        job_id, _, step = json.loads(body)["headers"][_HEADER].partition("/")
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None
    return job_id, step
