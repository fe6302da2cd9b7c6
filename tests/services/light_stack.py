"""A stack of real processes whose jobs are light, with faulty connections to Redis and to the store."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import psutil
import redis

from store.base import ObjectStore
from store.open_store import open_store
from tests.services.faulty_s3 import FaultyS3, faulty_s3
from tests.services.faulty_wire import FaultyWire, faulty_wire
from tests.services.light_explanations import publish_light_model
from tests.services.moto_server import moto_server
from tests.services.redis_server import redis_server
from tests.services.stack import Stack
from tests.services.steps_under_way import Step, leased, steps_of

BUCKET = "faults"
SERVICES = ("api", "light", "finalize", "beat", "worker", "worker-2")
NOTHING: Mapping[str, str] = MappingProxyType({})
NOBODY: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass
class LightStack(Stack):
    """Redis, the API, a light and a finalizing worker, beat, and workers: ``worker``, ``worker-2`` and so on.

    Attributes:
        own: environment variables of single services, by name.
        logged_before: bytes in the log of a service when it was started last.
    """

    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    logged_before: dict[str, int] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one service, with variables of its own."""
        log, shared = self.folder / f"{name}.log", self.settings
        self.logged_before[name] = log.stat().st_size if log.exists() else 0
        self.settings = {**shared, **self.own.get(name, {})}
        try:
            super().start(name)
        finally:
            self.settings = shared

    def command(self, name: str) -> list[str]:
        """That of the real service; a second worker has a name of its own."""
        kind, _, number = name.partition("-")
        names = {f"{each}@%h": f"{each}{number}@%h" for each in ("compute", "light", "finalize")}
        changed = {"tests.services.quick_workers": "tests.services.light_workers", **names}
        return [changed.get(word, word) for word in super().command(kind)]

    def wait_until_it_consumes(self, name: str, *, limit_s: float = 120) -> None:
        """Wait until a worker takes steps since it was started last, by its log."""
        log, deadline = self.folder / f"{name}.log", time.monotonic() + limit_s
        while b"ready." not in log.read_bytes()[self.logged_before[name] :]:
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.1)

    def kill_child(self, name: str) -> bool:
        """kill -9 of the child that does a worker's work; False where there is none at the moment."""
        with suppress(ValueError, psutil.NoSuchProcess, ProcessLookupError):
            os.kill(self.busy_child(name), signal.SIGKILL)
            return True
        return False

    def steps_of(self, name: str) -> set[Step]:
        """The steps that a worker holds and is at work on."""
        with redis.Redis.from_url(self.redis.url, decode_responses=True) as client:
            return steps_of(self.folder / f"{name}.log") & leased(client)

    def restart_dead(self) -> list[str]:
        """Start again the services that have ended, as a container engine does; returns their names."""
        dead = [name for name, process in self.processes.items() if process.poll() is not None]
        for name in dead:
            self.kill(name)  # what is left of it
            self.start(name)
        return dead


@dataclass(frozen=True)
class FaultyStack:
    """Such a stack on S3.

    Attributes:
        wire: between all processes and Redis.
        s3: between all processes and the store.
        store: the same store, without faults.
    """

    stack: LightStack
    wire: FaultyWire
    s3: FaultyS3
    store: ObjectStore


@contextmanager
def faulty_stack(
    folder: Path,
    *,
    seed: int = 0,
    settings: Mapping[str, str] = NOTHING,
    own: Mapping[str, Mapping[str, str]] = NOBODY,
) -> Iterator[FaultyStack]:
    """Start everything behind its proxies; at the end, kill what is left.

    Args:
        folder: for logs and Redis' data.
        seed: of the faults of S3.
        settings: environment variables of all processes.
        own: those of single services, by name.
    """
    with ExitStack() as stays:
        moto = stays.enter_context(moto_server())
        moto.create_bucket(BUCKET)
        s3 = stays.enter_context(faulty_s3(moto.port, seed=seed))
        server = stays.enter_context(redis_server(folder))
        wire = stays.enter_context(faulty_wire(server.port))
        store = open_store(f"s3://{BUCKET}", s3=moto.options)
        publish_light_model(store)
        addresses = {
            "FLORESCOPE_REDIS_URL": f"redis://127.0.0.1:{wire.port}/0",
            "FLORESCOPE_STORE_URL": f"s3://{BUCKET}",
            "FLORESCOPE_S3_ENDPOINT_URL": s3.endpoint_url,
            "FLORESCOPE_S3_REGION": "us-east-1",
            "FLORESCOPE_S3_ACCESS_KEY_ID": str(moto.options.access_key_id),
            "FLORESCOPE_S3_SECRET_ACCESS_KEY": str(moto.options.secret_access_key),
        }
        stack = LightStack(folder=folder, redis=server, settings={**addresses, **settings}, own=own)
        stays.enter_context(stack.running(SERVICES))
        yield FaultyStack(stack, wire, s3, store)
