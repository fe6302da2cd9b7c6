"""Lists the processes of a whole stack, in the order in which they start."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.stack.layout import Layout
from cli.stack.ports import LOOPBACK
from cli.stack.readiness import http_answers, redis_answers
from cli.stack.redis_program import find_redis
from cli.stack.service import Service
from dispatch.names import COMPUTE_QUEUES, FINALIZE_QUEUE, INTERACTIVE_QUEUE, LIGHT_QUEUE

ROOT = Path(__file__).resolve().parents[2]
CELERY = (sys.executable, "-m", "celery", "-A", "workers.app")


def stack_services(layout: Layout) -> tuple[tuple[Service, ...], ...]:
    """The services by tier: Redis first, then all that need it.

    Raises:
        StackFailed: no ``redis-server`` was found.
    """
    environment = child_environment(layout)
    return ((_redis(layout),), (_api(layout, environment), *_workers(layout, environment)))


def child_environment(layout: Layout) -> dict[str, str]:
    """The environment of this process, plus the settings of this stack."""
    inherited = dict(os.environ)  # noqa: TID251  (passed on, not read)
    paths = [str(ROOT), inherited.get("PYTHONPATH", "")]
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **inherited,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONUNBUFFERED": "1",
        "FLORESCOPE_HOST": LOOPBACK,
        "FLORESCOPE_REDIS_URL": layout.redis_url,
        "FLORESCOPE_STORE_URL": layout.store_url,
        "FLORESCOPE_API_PORT": str(layout.ports.api),
        "FLORESCOPE_FLOWER_PORT": str(layout.ports.flower),
        "FLORESCOPE_REDIS_PORT": str(layout.ports.redis),
        "FLORESCOPE_DATA_DIR": str(layout.folder),
        **({"FLORESCOPE_IDENTITY": layout.identity} if layout.identity else {}),
        **({"FLORESCOPE_FLOWER_PASSWORD": layout.passwords.flower} if layout.passwords.flower else {}),
    }


def _redis(layout: Layout) -> Service:
    options = {
        "bind": LOOPBACK,
        "port": str(layout.ports.redis),
        "dir": str(layout.redis_folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    words = (word for name, value in options.items() for word in (f"--{name}", value))
    return Service(
        name="redis",
        command=(find_redis(), str(layout.redis_settings), *words),
        environment=dict(os.environ),  # noqa: TID251  (passed on, not read)
        port=layout.ports.redis,
        port_setting="--redis-port or FLORESCOPE_REDIS_PORT",
        ready=redis_answers(layout.redis_url),
    )


def _api(layout: Layout, environment: Mapping[str, str]) -> Service:
    return Service(
        name="api",
        command=(sys.executable, "-m", "api.main"),
        environment=environment,
        port=layout.ports.api,
        port_setting="--api-port or FLORESCOPE_API_PORT",
        ready=http_answers(f"{layout.api_url}/readyz"),
    )


def _workers(layout: Layout, environment: Mapping[str, str]) -> tuple[Service, ...]:
    schedule = layout.folder / "beat-schedule"
    return (
        *(Service(name, _worker(node, *COMPUTE_QUEUES, children=1), environment) for name, node in _computing(layout)),
        Service("interactive", _worker("interactive", INTERACTIVE_QUEUE, children=1), environment),
        Service("light", _worker("light", LIGHT_QUEUE, children=2), environment),
        Service("finalize", _worker("finalize", FINALIZE_QUEUE, children=2), environment),
        Service("beat", (*CELERY, "beat", "--schedule", str(schedule), "--pidfile="), environment),
        _flower(layout, environment),
    )


def _computing(layout: Layout) -> Iterator[tuple[str, str]]:
    """Name of the service, and of the node, of each worker that computes."""
    yield "worker", "compute"
    yield from ((f"worker-{number}", f"compute{number}") for number in range(2, layout.workers + 1))


def _worker(name: str, *queues: str, children: int) -> tuple[str, ...]:
    """The command of a worker; whatever workers tell each other only delays them when Redis comes back."""
    options = ("-Q", ",".join(queues), "-c", str(children), "-n", f"{name}@%h", "--without-mingle", "--without-gossip")
    return (*CELERY, "worker", *options)


def _flower(layout: Layout, environment: Mapping[str, str]) -> Service:
    configuration = ROOT / "workers" / "flowerconfig.py"
    where = (f"--address={LOOPBACK}", f"--port={layout.ports.flower}")
    return Service(
        name="flower",
        command=(*CELERY, "flower", f"--conf={configuration}", *where),
        environment=environment,
        port=layout.ports.flower,
        port_setting="--flower-port or FLORESCOPE_FLOWER_PORT",
        ready=http_answers(f"{layout.flower_url}/healthcheck"),
    )
