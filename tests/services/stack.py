"""The whole stack as real processes on loopback, for tests that look at it from outside and hurt it.

Imports nothing of the product: what the tests know is what a user and an operator know.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import httpx
import psutil
import pyarrow.parquet as pq
import redis

from tests.services.compose_file import services
from tests.services.places import put_in_place
from tests.services.ports import free_port
from tests.services.redis_server import RedisServer, redis_server

ROOT = Path(__file__).resolve().parents[2]
TERMINAL = {"succeeded", "completed_with_errors", "failed", "cancelled"}
Json = dict[str, Any]

_COMPOSED = services()
COMMANDS: dict[str, tuple[str, ...]] = {
    "worker": _COMPOSED["worker-cpu"].command,
    **{name: _COMPOSED[name].command for name in ("interactive", "light", "finalize", "beat", "api", "flower")},
}

QUICK: Mapping[str, str] = MappingProxyType({"LOST_AFTER_S": "2", "SILENT_AFTER_S": "2"})
"""Settings with which workers do not let tests wait: see ``tests.services.quick_workers``."""

USUAL = tuple(name for name in COMMANDS if name != "interactive")
"""The services of most tests; the worker that computes takes the steps of ``interactive``, too."""


@dataclass
class Stack:
    """Redis, a worker, a light and a finalizing worker, beat, the API and Flower.

    Attributes:
        settings: environment variables of all processes.
    """

    folder: Path
    redis: RedisServer
    settings: dict[str, str] = field(default_factory=dict)
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: COMMANDS)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    api_port: int = field(default_factory=free_port)
    flower_port: int = field(default_factory=free_port)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    @property
    def store(self) -> Path:
        """Folder of the object store."""
        return self.folder / "store"

    @property
    def environment(self) -> dict[str, str]:
        """What every process is told."""
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "FLORESCOPE_API_PORT": str(self.api_port),
            "FLORESCOPE_FLOWER_PORT": str(self.flower_port),
            "FLOWER_UNAUTHENTICATED_API": "true",
            "FLORESCOPE_REDIS_URL": self.redis.url,
            "FLORESCOPE_STORE_URL": self.store.as_uri(),
            "FLORESCOPE_LEASE_TTL_S": "4",
            "FLORESCOPE_RECONCILE_EVERY_S": "1",
            "FLORESCOPE_STOP_GRACE_S": "30",
            **self.settings,
        }

    def here(self, word: str) -> str:
        """A word of a command line, with this machine's folders in place of the containers'."""
        return put_in_place(word, {"/app/": f"{ROOT}/", "/tmp/": f"{self.folder}/"})  # noqa: S108

    def command(self, name: str) -> list[str]:
        """What a service is started with."""
        changed = {"workers.app": "tests.services.quick_workers"}
        return [changed.get(word, self.here(word)) for word in self.commands[name]]

    def start(self, name: str) -> None:
        """Start one service; its output goes to a file of its name."""
        program, *options = self.command(name)
        command = [str(Path(sys.executable).parent / program), *options]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def start_missing(self, names: Iterable[str]) -> None:
        """Start those of these services that do not run."""
        for name in names:
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                self.start(name)

    def kill(self, name: str) -> None:
        """kill -9 of a service and all of its children."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def terminate(self, name: str, *, timeout_s: float) -> int:
        """SIGTERM to the service, as a container engine sends it; returns its exit code."""
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(timeout_s)

    def send(self, number: int, name: str) -> None:
        """Send a signal to a service and all of its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, number)

    def busy_child(self, name: str = "worker") -> int:
        """Process id of a worker's child that does the computing: the one that grew."""
        children = psutil.Process(self.processes[name].pid).children(recursive=True)
        return int(max(children, key=lambda child: child.memory_info().rss).pid)

    def cut_connections(self) -> int:
        """CLIENT KILL of every connection to the broker."""
        client = redis.Redis.from_url(self.redis.url)
        return int(sum(client.client_kill_filter(_type=kind, skipme=True) for kind in ("normal", "pubsub")))

    # What a user does.

    @property
    def url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self.api_port}"

    def submit(self, **spec: Any) -> str:
        """Submit a job and return its id."""
        answer = self.http.post(f"{self.url}/v1/jobs", json=spec)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def job(self, job_id: str) -> Json:
        """The job resource."""
        answer = self.http.get(f"{self.url}/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def cancel(self, job_id: str) -> None:
        """Ask the job to stop."""
        answer = self.http.post(f"{self.url}/v1/jobs/{job_id}:cancel")
        assert answer.status_code in {200, 202}, answer.text

    def wait(self, job_id: str, *, until: Callable[[Json], bool], limit_s: float = 240) -> Json:
        """Poll the job until something is true of it; an early end is an error."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            job = self.job(job_id)
            if until(job):
                return job
            assert job["state"] not in TERMINAL, f"ended too early: {json.dumps(job)}"
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            assert not dead, f"{dead} died\n{self.logs()}"
            time.sleep(0.1)
        raise AssertionError(f"not within {limit_s} s: {json.dumps(self.job(job_id))}\n{self.logs()}")

    def end(self, job_id: str, *, limit_s: float = 240) -> Json:
        """Wait for the job's terminal state."""
        return self.wait(job_id, until=lambda job: job["state"] in TERMINAL, limit_s=limit_s)

    def stored(self, job_id: str, name: str) -> Json:
        """A JSON object of the job, read from the bucket."""
        return dict(json.loads((self.store / "jobs" / job_id / name).read_bytes()))

    def reports(self, job_id: str) -> dict[str, Json]:
        """The commit markers that lie in the bucket, by step."""
        folder = self.store / "jobs" / job_id / "reports"
        return {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}

    def images(self, job_id: str) -> list[str]:
        """The id of each image of a job that has ended, as often as it stands there."""
        return list(pq.read_table(self.store / "jobs" / job_id / "images.parquet").column("image_id").to_pylist())

    def records(self, report: Json) -> list[Json]:
        """The records of the images of a report."""
        rows = pq.read_table(self.store / report["rows"]["key"])
        return [json.loads(record) for record in rows.column("record").to_pylist()]

    @contextmanager
    def running(self, services: Iterable[str] = USUAL) -> Iterator[Self]:
        """Start services, and at the end kill whatever runs of them."""
        try:
            for name in services:
                self.start(name)
            self.wait_until_ready()
            yield self
        finally:
            self.kill_all()
            self.http.close()

    def kill_all(self) -> None:
        """kill -9 of every service, also of one that nobody knows of, since it was started as an interrupt came."""
        for name in list(self.processes):
            self.kill(name)
        for child in psutil.Process().children():
            with suppress(psutil.Error, ProcessLookupError):
                if child.cwd() == str(self.folder):
                    os.killpg(child.pid, signal.SIGKILL)

    def logs(self) -> str:
        """The last lines of each service's output."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-25:])
            for path in sorted(self.folder.glob("*.log"))
        )

    def wait_until_ready(self, *, limit_s: float = 180) -> None:
        """Wait until the API says that it is ready."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if self.http.get(f"{self.url}/readyz").status_code == 200:
                    return
            time.sleep(0.2)
        raise AssertionError(f"the API is not ready\n{self.logs()}")


@contextmanager
def running_stack(folder: Path, **settings: str) -> Iterator[Stack]:
    """Redis and all services, which do not let tests wait."""
    with redis_server(folder) as server, Stack(folder, server, {**QUICK, **settings}).running() as stack:
        yield stack
