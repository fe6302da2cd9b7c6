"""Makes the Celery application that producers and workers share.

Early acknowledgement, no prefetch and spawned children: see docs/ARCHITECTURE.md, "Why a step runs once".
"""

from __future__ import annotations

from celery import Celery
from kombu import Queue

from dispatch import transport
from dispatch.keepalive import keepalive_options
from dispatch.names import LIGHT_QUEUE, QUEUES
from dispatch.redis_address import RedisAddress

_TIMEOUTS = {"socket_timeout": 5, "socket_connect_timeout": 5}


def make_celery(redis_url: str | RedisAddress) -> Celery:
    """A Celery application that speaks JSON through Redis and keeps no results."""
    transport.install()
    address = RedisAddress.of(redis_url)
    app = Celery("florescope", broker=address.broker_url)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        task_queues=[Queue(name) for name in QUEUES],
        task_default_queue=LIGHT_QUEUE,
        task_create_missing_queues=False,
        worker_disable_prefetch=True,
        worker_prefetch_multiplier=1,
        worker_pool_start_method="spawn",
        worker_proc_alive_timeout=180.0,
        worker_send_task_events=False,
        task_send_sent_event=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A Redis that refuses (its disk is full, it is a replica) is waited for like one that is away.
        broker_channel_error_retry=True,
        broker_transport_options=_transport_options(address),
        broker_use_ssl=address.tls or None,
    )
    return app


def _transport_options(address: RedisAddress) -> dict[str, object]:
    """What kombu is told of the connections to Redis."""
    options: dict[str, object] = {
        # A connection that is dead on this side only is found and replaced within half a minute.
        **_TIMEOUTS,
        "socket_keepalive": True,
        "socket_keepalive_options": keepalive_options(),
        "health_check_interval": 10,
        # Messages are acknowledged as they are taken, so no note of them is kept in Redis: one that could not be
        # written would lose the message, and one that could not be removed would stop the worker.
        "ack_emulation": False,
    }
    if address.is_sentinel:
        asked = {**_TIMEOUTS, **address.tls, **({"ssl": True} if address.tls else {})}
        options |= {"master_name": address.master, "sentinel_kwargs": asked}
    return options
