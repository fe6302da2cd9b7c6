"""The Celery application of the workers: ``celery -A workers.app worker``. Never loads TensorFlow itself."""

from __future__ import annotations

from typing import Any

from celery import signals

from dispatch.celery_app import make_celery
from dispatch.json_logs import configure_logging
from dispatch.names import CLEAN_UP, FINALIZE_QUEUE, LIGHT_QUEUE, RECONCILE
from dispatch.traces import tracing
from settings import settings_of
from workers.process import liveness, password, revocation, tensor_memory, warmth
from workers.step import shutdown

CLEAN_UP_EVERY_S = 600.0
STAND_IN_ROUNDS = 5
"""For one in so many rounds the workers that finalize are called, too: planning, or a burst of submissions, may keep
the light ones busy for hours. Were it each round, two rounds would be made where the calls do not come together."""
settings = settings_of("process")
app = make_celery(settings.redis_address())
app.conf.update(
    include=["workers.tasks"],
    beat_schedule={
        "reconcile": {
            "task": RECONCILE,
            "schedule": settings.reconcile_every_s,
            # No expiry: it would go by the clocks of two hosts. Each round removes the calls that have piled up.
            "options": {"queue": LIGHT_QUEUE},
        },
        "reconcile_instead": {
            "task": RECONCILE,
            "schedule": STAND_IN_ROUNDS * settings.reconcile_every_s,
            "options": {"queue": FINALIZE_QUEUE},
        },
        # Where removing many objects for a minute holds up neither planning nor anybody who waits.
        "clean_up": {"task": CLEAN_UP, "schedule": CLEAN_UP_EVERY_S, "options": {"queue": FINALIZE_QUEUE}},
    },
)


@signals.setup_logging.connect
def _log(**_: Any) -> None:
    configure_logging(settings.log_level)


@signals.worker_shutting_down.connect
def _leave(**_: Any) -> None:
    shutdown.forward_sigterm(grace_s=settings.stop_grace_s)


@signals.worker_process_shutdown.connect
def _send_last_traces(**_: Any) -> None:
    tracing.stop()


@signals.beat_init.connect
def _as_beat(**_: Any) -> None:
    password.insist(settings.redis_address(), "beat")


@signals.celeryd_after_setup.connect
def _in_parent(sender: str, **_: Any) -> None:
    password.insist(settings.redis_address(), "worker")
    warmth.tell_children(app)
    tensor_memory.tell_children(app.amqp.queues.consume_from)
    liveness.watch(sender, app, settings)
    revocation.install(app, settings, worker=sender)
