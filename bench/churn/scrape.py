"""Measures a scrape of the API with a thousand active jobs, over HTTP on loopback, with the store in a folder."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from pathlib import Path

from api.app import create_app
from bench.scale.jobs import redis_cpu_s, under_way
from dispatch.connection import connect
from dispatch.metrics.live_metrics import LiveMetrics
from dispatch.metrics.table import METRICS
from store.open_store import open_store
from tests.services.api_server import api_client
from tests.services.redis_server import redis_server
from tests.services.stored_jobs import job_id_of
from workers.step.services import Services

JOBS, SCRAPES = 1000, 30


def measure(folder: Path) -> Mapping[str, float]:
    """Milliseconds of half and of the quickest of the scrapes, and what of it processors worked."""
    with redis_server(folder) as server:
        connection, store = connect(redis_url=server.url), open_store((folder / "store").as_uri())
        services = Services.of(connection, store, worker="bench@here")
        for number in range(JOBS):
            under_way(job_id_of(number), services)
        _count_something(connection.board.metrics)
        app = create_app(store=store, board=connection.board, queue=connection.queue)
        with api_client(app) as http:
            http.get("/metrics").raise_for_status()
            took, began, redis_s = [], time.process_time(), redis_cpu_s(server)
            for _ in range(SCRAPES):
                started = time.perf_counter()
                http.get("/metrics").raise_for_status()
                took.append((time.perf_counter() - started) * 1000)
            worked = time.process_time() - began + redis_cpu_s(server) - redis_s
    return {
        "scrape_ms": round(statistics.median(took), 1),
        "scrape_min_ms": round(min(took), 1),
        "scrape_cpu_ms": round(worked * 1000 / SCRAPES, 1),
        "scrape_jobs": JOBS,
    }


def _count_something(numbers: LiveMetrics) -> None:
    """Series of every metric, as an installation has them that has worked for a while."""
    for metric in METRICS:
        for labels in metric.every_series()[:12]:
            if metric.buckets:
                numbers.observe(metric, 3.0, *labels)
            else:
                numbers.add(metric, *labels)
