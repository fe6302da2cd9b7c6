"""Takes steps from the queues and runs them, in this process and without Celery."""

from __future__ import annotations

import json
import time
from typing import Any

import redis

from dispatch.names import QUEUES
from jobs import keys
from jobs.errors import Retryable
from workers.lifecycle.reconcile import reconcile
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

HEADER = "florescope_step"
REST_S = 0.05


class PlainWorker:
    """One worker for all queues, which reconciles when it has nothing to do."""

    def __init__(self, services: Services, client: redis.Redis) -> None:
        self._services = services
        self._client = client

    def work(self, job_id: str, *, limit_s: float = 240) -> None:
        """Work until this job is over.

        Raises:
            TimeoutError: it is not.
        """
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if self._over(job_id):
                return
            step = self._next()
            try:
                if step is None:
                    reconcile(self._services)
                    time.sleep(REST_S)
                else:
                    run_step(*step, self._services)
            except Retryable:
                time.sleep(REST_S)
        raise TimeoutError(f"job {job_id} is not over after {limit_s} s")

    def _over(self, job_id: str) -> bool:
        head = self._services.store.head
        return head(keys.end(job_id)) is not None and head(keys.active(job_id)) is None

    def _next(self) -> tuple[str, str] | None:
        for queue in QUEUES:
            message: Any = self._client.rpop(queue)
            if message is not None:
                job_id, _, step = json.loads(message)["headers"].get(HEADER, "/").partition("/")
                return (job_id, step) if step else None
        return None
