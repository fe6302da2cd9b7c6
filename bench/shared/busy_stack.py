"""A stack of real processes whose trainings and explanations only pass the time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.scale.fake_job import fake_model
from jobs import keys
from store.local import LocalStore
from tests.services.redis_server import redis_server
from tests.services.stack import COMMANDS, Stack

_BUSY = ("worker", "light", "finalize")
PROJECTS = ("default", "rose", "tulip")
BUSY_COMMANDS: Mapping[str, tuple[str, ...]] = {
    name: tuple("bench.shared.busy_worker" if word == "workers.app" else word for word in COMMANDS[name])
    for name in _BUSY
}


@contextmanager
def busy_stack(*more: str) -> Iterator[Stack]:
    """Redis, the API, beat, and one worker that computes, one light and one that finalizes; and ``more`` services."""
    with tempfile.TemporaryDirectory(prefix="florescope-shared-") as folder, redis_server(Path(folder)) as server:
        settings = {"FLORESCOPE_LEASE_TTL_S": "30", "FLORESCOPE_RECONCILE_EVERY_S": "2"}
        stack = Stack(Path(folder), server, settings=settings, commands={**COMMANDS, **BUSY_COMMANDS})
        for project in PROJECTS:
            model = fake_model(("a", "b")).model_copy(update={"id": model_of(project), "project": project})
            LocalStore(stack.store).put(keys.model(model.id), model.encode())
        with stack.running(("api", "beat", *_BUSY, *more)):
            yield stack


def model_of(project: str) -> str:
    """The id of a model of this project."""
    return f"fake-{project}"


def explanation(images: int, *, shard_size: int, shard_ms: int, project: str = "default") -> dict[str, Any]:
    """The specification of one that only passes the time."""
    return {
        "kind": "explain",
        "model": model_of(project),
        "dataset": "synthetic_flowers",
        "split": f"train[0:{images}]",
        "shard_size": shard_size,
        "ig": {"max_evaluations": shard_ms},
    }


def submit(stack: Stack, spec: Mapping[str, Any], *, project: str = "default") -> str:
    """Submit a job for a project, and return its id."""
    answer = stack.http.post(f"{stack.url}/v1/jobs", json=dict(spec), headers={"X-Florescope-Project": project})
    answer.raise_for_status()
    return str(answer.json()["id"])
