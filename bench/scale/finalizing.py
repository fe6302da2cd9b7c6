"""What finalizing costs: CPU per image, peak memory and store requests, each job in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.scale.fake_job import PICTURE, SHARD_SIZE, make_job
from dispatch.connection import connect
from dispatch.lease import Lease
from jobs import keys
from jobs.job import Job
from store.local import LocalStore
from tests.services.redis_server import redis_server
from workers.lifecycle.finalize_job import finalize_job
from workers.lifecycle.reports import read_plan
from workers.step.pulse import Pulse
from workers.step.services import Services

SMALL, MEDIUM, LARGE = 20_000, 200_000, 1_000_000
TENTH = 100_000


class CountingStore(LocalStore):
    """Counts requests, and has one picture for all overlays: a million files would say nothing of finalizing."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.requests = Counter[str]()

    def get(self, key: str) -> bytes:
        """Read from the store; for an overlay, give the one picture."""
        return PICTURE if key.endswith(".jpg") else super().get(key)

    def __getattribute__(self, name: str) -> Any:
        if name in {"put", "put_file", "get", "get_file", "stream", "head", "list", "delete"}:
            object.__getattribute__(self, "requests")[name] += 1
        return object.__getattribute__(self, name)


def measure(folder: Path) -> Mapping[str, float]:
    """``finalize_*``; leaves the largest job's store in ``folder`` for those who look things up in it."""
    found = {images: finalized(images, folder / str(images)) for images in (SMALL, MEDIUM, TENTH, LARGE)}
    per_image = {images: each["cpu_s"] / images for images, each in found.items()}
    return {
        "finalize_cpu_ratio": per_image[MEDIUM] / per_image[SMALL],
        "finalize_cpu_ms_per_image": 1000 * per_image[MEDIUM],
        "finalize_rss_mb": found[LARGE]["rss_mb"],
        "finalize_rss_ratio": found[LARGE]["rss_mb"] / found[TENTH]["rss_mb"],
        "finalize_requests_per_shard": found[LARGE]["requests"] / (LARGE / SHARD_SIZE),
        "finalize_s": found[LARGE]["wall_s"],
    }


def finalized(images: int, root: Path) -> dict[str, float]:
    """Make a job in this process and finalize it in another one."""
    make_job(images, LocalStore(root))
    command = [sys.executable, "-m", "bench.scale.finalizing", str(root)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Finalize the job in a store, and print what it cost."""
    store = CountingStore(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        connection = connect(redis_url=server.url)
        with closing(connection.celery):
            services = Services.of(connection, store, worker="bench@here")
            print(json.dumps(_finalize(services, store)))


def _finalize(services: Services, store: CountingStore) -> dict[str, float]:
    job = Job.decode(store.get(keys.spec("fake")))
    plan = read_plan("fake", services)
    store.requests.clear()
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    with Pulse(services, job, Lease("fake", "finalize", "bench"), total=None, unit="images") as pulse:
        state = finalize_job(job, plan, services, pulse)
    after = resource.getrusage(resource.RUSAGE_SELF)
    if state != "succeeded":
        raise SystemExit(f"the job ended {state}")
    return {
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "wall_s": time.perf_counter() - started,
        "rss_mb": _peak_mb(),
        "requests": float(sum(store.requests.values())),
    }


def _peak_mb() -> float:
    """Peak memory of this process; ``ru_maxrss`` also counts that of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
