"""Kombu's transport for Redis, but for one point: what is no message is thrown away, and ends no worker.

Whatever can write to Redis can push anything into a queue. Kombu lets the error of a push that it cannot read end the
process that consumes; the push is gone by then, so nobody learns of it.
"""

from __future__ import annotations

import json
from queue import Empty
from typing import Any, cast

import structlog
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from kombu.transport.redis import get_redis_error_classes

from dispatch.names import QUEUES
from dispatch.redis_address import SENTINEL_PORT

_log = structlog.get_logger(__name__)
_BROKER_ERRORS: tuple[type[Exception], ...] = tuple(
    error for errors in get_redis_error_classes() for error in errors if not issubclass(error, KeyError)
)
_QUIET: tuple[type[Exception], ...] = (*_BROKER_ERRORS, Empty)
_SHOWN = 200


class Channel(kombu_redis.Channel):
    """Consumes from the queues."""

    def _brpop_read(self, **options: Any) -> Any:
        transport = cast(Transport, self.connection)
        transport.delivering = False
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # the stubs leave it out
        except _QUIET:
            raise
        except Exception as error:
            if transport.delivering:
                raise
            _log.error("message_thrown_away", reason=f"{type(error).__name__}: {error}"[:_SHOWN])
            raise Empty from error


class SentinelChannel(Channel, kombu_redis.SentinelChannel):
    """The same from whichever server is the master at the moment."""


class Transport(kombu_redis.Transport):
    """Hands what comes from the queues to those who consume."""

    Channel = Channel
    delivering = False

    def _deliver(self, message: Any, queue: str | None) -> None:
        self.delivering = True
        if queue not in QUEUES:
            super()._deliver(message, queue)
            return
        fault = _fault(message)
        if fault:
            _log.error("message_thrown_away", queue=queue, reason=fault, message=repr(message)[:_SHOWN])
            return
        try:
            super()._deliver(message, queue)
        except _BROKER_ERRORS:
            raise
        except Exception:
            self._throw_away(message)
            raise

    def _throw_away(self, message: Any) -> None:
        """Whoever consumed a message may end of it, but once: it must not be given back to the queue."""
        for channel in self.channels or ():
            channel.basic_reject(message["properties"]["delivery_tag"], requeue=False)


class SentinelTransport(Transport):
    """The same from whichever server is the master at the moment."""

    Channel = SentinelChannel
    default_port = SENTINEL_PORT


def _fault(message: Any) -> str | None:
    """What keeps this from being a task's message; None where nothing does."""
    try:
        headers, properties = dict(message["headers"]), dict(message["properties"])
        body = kombu_redis.Channel.codecs[properties["body_encoding"]].decode(message["body"])
        args, kwargs, embedded = json.loads(body)
        named = all(isinstance(headers[name], str) for name in ("task", "id"))
        limits = headers.get("timelimit") in (None, [None, None])
        tagged = isinstance(properties["delivery_tag"], str) and isinstance(properties["delivery_info"], dict)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    shaped = isinstance(args, list) and isinstance(kwargs, dict) and isinstance(embedded, dict)
    return None if named and limits and tagged and shaped else "a field is of the wrong type"


def install() -> None:
    """Have every address of Redis in this process mean this transport."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
    TRANSPORT_ALIASES["sentinel"] = f"{__name__}:{SentinelTransport.__name__}"
