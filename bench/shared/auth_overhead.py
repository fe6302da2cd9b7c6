"""What asking who somebody is costs: ``GET /v1/jobs/<id>`` with a key, over that of an API that asks nobody."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from api.access.gate import require_identity
from api.app import create_app
from dispatch.connection import Connection, connect
from dispatch.identity.key_ring import KeyRequest, create_key
from jobs.identity.role import Role
from store.local import LocalStore
from tests.services.api_server import api_client
from tests.services.redis_server import redis_server
from tests.services.stored_jobs import end_stored_job, store_job

REQUESTS, WARM = 2000, 200


def measure() -> Mapping[str, float]:
    """``auth_overhead``: the ratio of the medians; both APIs are asked in turn, so that a busy machine hits both.

    One job is over, so neither asks Redis for it. ``auth_ms`` and ``open_ms`` are the medians, ``requests`` how many
    there were of each.
    """
    with tempfile.TemporaryDirectory(prefix="florescope-shared-") as folder, redis_server(Path(folder)) as redis:
        store = LocalStore(Path(folder) / "store")
        job_id = store_job(store, 1)
        end_stored_job(store, job_id)
        key = create_key(KeyRequest("bench", Role.VIEWER, ("default",)), store)[1]
        connection, path = connect(redis_url=redis.url), f"/v1/jobs/{job_id}"
        with ExitStack() as stack:
            free = stack.enter_context(_client(store, connection, asks=False))
            asked = stack.enter_context(_client(store, connection, asks=True))
            asked.headers["Authorization"] = f"Bearer {key}"
            pairs = [(_took_s(free, path), _took_s(asked, path)) for _ in range(WARM + REQUESTS)][WARM:]
    open_s, auth_s = (statistics.median(each) for each in zip(*pairs, strict=True))
    return {
        "auth_overhead": round(auth_s / open_s, 3),
        "auth_ms": round(auth_s * 1000, 3),
        "open_ms": round(open_s * 1000, 3),
        "requests": REQUESTS,
    }


@contextmanager
def _client(store: LocalStore, connection: Connection, *, asks: bool) -> Iterator[httpx.Client]:
    app = create_app(store=store, board=connection.board, queue=connection.queue)
    if asks:
        require_identity(app)
    with api_client(app) as client:
        yield client


def _took_s(client: httpx.Client, path: str) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    took_s = time.perf_counter() - started
    answer.raise_for_status()
    return took_s
