"""Starts each service of ``docker-compose.yml`` by its own command line, on loopback and without an engine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.services.compose_file import ROOT, SECRETS, ComposeService, services
from tests.services.moto_server import MotoServer, moto_server
from tests.services.places import put_in_place
from tests.services.ports import free_port
from tests.services.redis_server import redis_executable

PYTHON_SERVICES = ("api", "worker-cpu", "interactive", "light", "finalize", "beat", "flower")
STOP_LIMIT_S = 100


@dataclass
class ComposeStack:
    """The services as processes; what an engine does with names, ports and folders is done to their text."""

    folder: Path
    s3: MotoServer
    services: Mapping[str, ComposeService] = field(default_factory=services)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    api_port: int = field(default_factory=free_port)
    flower_port: int = field(default_factory=free_port)
    redis_port: int = field(default_factory=free_port)

    def here(self, text: str) -> str:
        """The text with this machine's addresses and folders in place of the containers'."""
        places = {
            "//redis:6379": f"//127.0.0.1:{self.redis_port}",
            "exec redis-server": f"exec {redis_executable()}",
            "http://s3:8333": self.s3.endpoint_url,
            "0.0.0.0": "127.0.0.1",
            "127.0.0.1:8000": f"127.0.0.1:{self.api_port}",
            "127.0.0.1:5555": f"127.0.0.1:{self.flower_port}",
            "/app/": f"{ROOT}/",
            "/data/": f"{self.folder}/data/",
            "/tmp/": f"{self.folder}/",  # noqa: S108
        }
        return put_in_place(text, places)

    def environment(self, name: str) -> dict[str, str]:
        """What the file tells a service, and what its image does."""
        told = {key: self.here(value) for key, value in self.services[name].environment.items()}
        ports = {"FLORESCOPE_API_PORT": self.api_port, "FLORESCOPE_FLOWER_PORT": self.flower_port}
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "HOSTNAME": socket.gethostname(),
            "PYTHONPATH": str(ROOT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "FLORESCOPE_SECRETS_DIR": str(self.secrets(name)),
            **told,
            **{key: str(port) for key, port in ports.items() if key in told},
        }

    def secrets(self, name: str) -> Path:
        """The folder of the secrets that a service is given."""
        folder = self.folder / "secrets" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, secret in self.services[name].secrets.items():
            (folder / file).write_text(f"{SECRETS[secret]}\n")
        return folder

    def start_redis(self) -> None:
        """Start Redis by the command of the file, and wait until it takes the password."""
        *shell, script = self.services["redis"].command
        place = f" --port {self.redis_port} --bind 127.0.0.1 --dir {self.folder}"
        script = self.here(script).replace("/run/secrets", str(self.secrets("redis"))) + place
        self._start("redis", [*shell, script], dict(os.environ))
        client = redis.Redis(port=self.redis_port, password=SECRETS["redis_password"])
        for _ in range(2000):
            with suppress(redis.ConnectionError):
                if client.ping():
                    return
            self.processes["redis"].poll()
            with suppress(subprocess.TimeoutExpired):
                self.processes["redis"].wait(0.05)
        raise RuntimeError(f"redis did not start\n{self.logs()}")

    def start(self, name: str) -> None:
        """Start one of the program's own services."""
        self._start(name, [self.here(word) for word in self.services[name].command], self.environment(name))

    def _start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def health(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a service's own health check, as the engine would beside it."""
        command = [self.here(word) for word in self.services[name].healthcheck]
        return subprocess.run(
            command, env=self.environment(name), capture_output=True, text=True, timeout=60, check=False
        )

    def first_key(self) -> str:
        """An admin's key, made as the file says."""
        command = [sys.executable, "-m", "api.first_key", "anna"]
        made = subprocess.run(
            command, cwd=ROOT, env=self.environment("api"), capture_output=True, text=True, timeout=60, check=True
        )
        return made.stdout.strip()

    def stop(self) -> dict[str, int]:
        """SIGTERM to all, the youngest first; their exit codes."""
        started = list(reversed(self.processes.items()))
        for _, process in started:
            process.terminate()
        return {name: process.wait(STOP_LIMIT_S) for name, process in started}

    def logs(self) -> str:
        """The last lines of each service's output."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-20:])
            for path in sorted(self.folder.glob("*.log"))
        )


@contextmanager
def compose_stack(folder: Path) -> Iterator[ComposeStack]:
    """Redis, an S3 server with the bucket, and every service of the ``cpu`` profile; at the end all are gone."""
    with moto_server() as server:
        stack = ComposeStack(folder, server)
        server.create_bucket("florescope")
        try:
            stack.start_redis()
            for name in PYTHON_SERVICES:
                stack.start(name)
            yield stack
        finally:
            for process in stack.processes.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, 9)
                process.wait()
