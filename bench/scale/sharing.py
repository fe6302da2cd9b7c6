"""How long a small job waits behind a large one: in shards of the large one, on a real stack of two workers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.scale.fake_job import fake_model
from jobs import keys
from jobs.results.report import Report
from ml.data.datasets import describe
from store.local import LocalStore
from tests.services.redis_server import redis_server
from tests.services.stack import COMMANDS, Stack

LARGE, ROUNDS, LEAD = 300, 5, 4
WORKERS = {
    f"worker-{number}": tuple(
        {"workers.app": "bench.scale.fake_worker", "compute@%h": f"compute{number}@%h"}.get(word, word)
        for word in COMMANDS["worker"]
    )
    for number in range(2)
}
_LIMIT_S = 120.0


def measure() -> Mapping[str, float]:
    """``small_job_shards``: of a large job, between a small job's submission and its first shard; the worst."""
    with tempfile.TemporaryDirectory() as folder, _stack(Path(folder)) as stack:
        large = _submit(stack, images=LARGE)
        waits = [_wait_of_a_small_job(stack, large, done=LEAD * (number + 1)) for number in range(ROUNDS)]
        stack.cancel(large)
        stack.end(large)
    return {"small_job_shards": max(waits), "small_job_shards_mean": sum(waits) / ROUNDS, "small_jobs": ROUNDS}


def _wait_of_a_small_job(stack: Stack, large: str, *, done: int) -> int:
    """Shards of the large job that end between the submission of a small one and its first shard."""
    stack.wait(large, until=lambda _: len(_reports(stack, large)) >= done, limit_s=_LIMIT_S)
    submitted = datetime.now(UTC)
    small = _submit(stack, images=4)
    stack.end(small, limit_s=_LIMIT_S)
    begun = min(report.started_at for report in _reports(stack, small))
    return sum(submitted < report.finished_at <= begun for report in _reports(stack, large))


def _reports(stack: Stack, job_id: str) -> list[Report]:
    store = LocalStore(stack.store)
    return [Report.decode(store.get(info.key)) for info in store.list(keys.reports(job_id))]


def _submit(stack: Stack, *, images: int) -> str:
    return stack.submit(
        kind="explain", model="fake", dataset="synthetic_flowers", split=f"train[0:{images}]", shard_size=1
    )


@contextmanager
def _stack(folder: Path) -> Iterator[Stack]:
    """All services but Flower, with two workers that pretend to explain."""
    with redis_server(folder) as server:
        stack = Stack(folder, server, settings={"FLORESCOPE_LEASE_TTL_S": "30"}, commands={**COMMANDS, **WORKERS})
        LocalStore(stack.store).put(keys.model("fake"), fake_model(describe("synthetic_flowers").class_names).encode())
        with stack.running(("light", "finalize", "beat", "api", *WORKERS)):
            yield stack
