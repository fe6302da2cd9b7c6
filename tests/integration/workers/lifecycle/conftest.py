"""What tests of single steps share: both shards of a small explanation, how it ended, and images that are broken."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import redis

from jobs import keys
from jobs.job import JobEnd
from jobs.results.report import Report
from ml.data.datasets import Example, read
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from tests.services.redis_server import RedisServer
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST, SECOND = "shard-00000", "shard-00001"
FILES = {"results.parquet", "report.html", "images.parquet", "records.parquet", "lookup.parquet"}
"""Of an explanation as a whole."""


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def report_of(services: Services, job_id: str, step: str) -> Report:
    return stored_report(services.store, job_id, step)


def run_all(services: Services, job_id: str) -> JobEnd:
    for step in ("plan", FIRST, SECOND, "finalize"):
        run_step(job_id, step, services)
    return end_of(services, job_id)


def broken_reader(broken: set[int]) -> Any:
    def reader(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            bad = example.index in broken
            yield dataclasses.replace(example, image=None, error="cannot be decoded") if bad else example

    return reader


def lose_the_message(services: Services, server: RedisServer) -> str:
    """A job whose first message was lost."""
    job_id = submit_explanation(services)
    redis.Redis.from_url(server.url).delete("light")
    return job_id
