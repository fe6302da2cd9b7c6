"""A worker without Celery and without a network, whose explanations are light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import redis

from dispatch.connection import Connection
from dispatch.submission import NO_WISH, submit
from dispatch.turn_changes import Turns
from jobs import keys
from jobs.errors import Retryable
from jobs.job import JobEnd, Origin
from jobs.plan import PLAN
from jobs.specs.spec import spec_adapter
from jobs.turns.turn import Wish
from store.memory import MemoryStore
from tests.faults.plain_worker import PlainWorker
from tests.services.light_explanations import LIGHT, light_spec, publish_light_model
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on
from workers.kinds.table import KINDS
from workers.lifecycle.reconcile import reconcile
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

MANY = 40
"""Images of a job that is not small."""


@dataclass(frozen=True)
class Place:
    """An installation with one worker, which does what a test says."""

    services: Services
    client: redis.Redis
    server: RedisServer

    @property
    def turns(self) -> Turns:
        """What people do."""
        return Turns(self.services.store, self.services.board, self.services.queue)

    def submit(
        self,
        *,
        images: int = MANY,
        project: str = "default",
        parent: str | None = None,
        wish: Wish = NO_WISH,
        **spec: Any,
    ) -> str:
        """A light explanation of 4 images a shard; few of them are what somebody waits for."""
        document = spec if "kind" in spec else {**light_spec(images, interactive=True), **spec}
        asked, origin = spec_adapter.validate_python(document), Origin(project=project, parent=parent)
        here = self.services
        return submit(asked, store=here.store, board=here.board, queue=here.queue, origin=origin, wish=wish).job.id

    def planned(self, **of: Any) -> str:
        """A job that has been planned."""
        job_id = self.submit(**of)
        run_step(job_id, PLAN, self.services)
        return job_id

    def waiting(self, queue: str = "explain") -> list[tuple[str, str]]:
        """Job and step of the messages of a queue, in the order in which they are taken."""
        return list(self.services.queue.order()[queue].steps)

    def take(self, queue: str = "explain") -> tuple[str, str]:
        """Run the next step of a queue; returns which it was."""
        job_id, step = self.waiting(queue)[0]
        self.client.rpop(queue)
        run_step(job_id, step, self.services)
        return job_id, step

    def work(self, job_id: str) -> str:
        """Work until the job is over; its state."""
        PlainWorker(self.services, self.client).work(job_id)
        return JobEnd.decode(self.services.store.get(keys.end(job_id))).state.value

    def rounds(self, count: int = 2) -> None:
        """Reconcile a few times, whatever comes of it."""
        for _ in range(count):
            try:
                reconcile(self.services)
            except Retryable:
                continue

    def lose_redis(self) -> None:
        """All of its data is gone."""
        self.client.flushall()


@pytest.fixture
def lease_ttl_s() -> float:
    """A step hears that its job is paused when it renews its lease, six times as often."""
    return 0.5


@pytest.fixture
def place(connection: Connection, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setitem(KINDS, "explain", LIGHT)
    store = MemoryStore("turns")
    publish_light_model(store)
    return Place(services_on(connection, store), redis.Redis.from_url(shared_redis.url), shared_redis)
