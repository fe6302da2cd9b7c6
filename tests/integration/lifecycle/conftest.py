"""A worker without Celery and without a network, whose explanations are light, on a store that can refuse."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.connection import Connection
from dispatch.submission import submit
from jobs.specs.spec import spec_adapter
from tests.services.light_explanations import LIGHT, light_spec, publish_light_model
from tests.services.refusing_store import RefusingStore
from tests.services.worker_services import services_on
from workers.kinds.table import KINDS
from workers.lifecycle import reconcile
from workers.step.services import Services


@pytest.fixture
def store() -> RefusingStore:
    store = RefusingStore("light")
    publish_light_model(store)
    return store


@pytest.fixture
def light(connection: Connection, store: RefusingStore, monkeypatch: pytest.MonkeyPatch) -> Services:
    """What the worker has; rounds of reconciliation look at once, and at all jobs."""
    monkeypatch.setitem(KINDS, "explain", LIGHT)
    monkeypatch.setattr(reconcile, "GRACE_S", 0)
    monkeypatch.setattr(reconcile, "LOOK_EVERY_S", 0)
    return services_on(connection, store)


def submit_light(services: Services, *, images: int = 8, **changes: Any) -> str:
    """Submit an explanation of four images a shard; returns its id."""
    spec = spec_adapter.validate_python({**light_spec(images), **changes})
    return submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
