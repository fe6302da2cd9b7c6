"""Starts a service of ``docker-compose.yml`` from its image with crun, as an engine would.

Its user, without capabilities and new privileges, on files that it cannot write to, with its own command, environment,
secrets and volumes. Not as an engine would: all are in one network, and no limit of memory holds.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SYSTEM: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("/proc", "proc", ()),
    ("/dev", "tmpfs", ("nosuid", "strictatime", "mode=755", "size=65536k")),
    ("/dev/pts", "devpts", ("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")),
    ("/dev/shm", "tmpfs", ("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")),  # noqa: S108
)
# crun reads which control groups a machine has, also where it uses none, and refuses some mixtures of old and new.
_UNIFIED = 'mount -t cgroup2 none /sys/fs/cgroup && exec crun "$@"'
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CAPABILITIES = ("bounding", "effective", "inheritable", "permitted", "ambient")


@dataclass(frozen=True)
class User:
    """Numbers and folder of a user."""

    uid: int
    gid: int
    home: str


@dataclass(frozen=True)
class Image:
    """The files of an image, and what it says of its processes.

    Attributes:
        files: where they lie.
        config: the ``config`` of OCI's image configuration.
    """

    files: Path
    config: Mapping[str, Any]

    def user(self, name: str) -> User:
        """A user of the image."""
        rows = (line.split(":") for line in (self.files / "etc/passwd").read_text().splitlines())
        return next(User(int(row[2]), int(row[3]), row[5]) for row in rows if row[0] == name)


@dataclass
class Container:
    """One service.

    Attributes:
        name: nobody else's on this machine.
        folder: of its own.
        image: that it is started from.
        user: its name in the image.
        command: and its arguments.
        environment: besides that of the image.
        mounts: folders and files of this machine, by where the container sees them, and whether it may write.
        network: the namespace that it is in.
    """

    name: str
    folder: Path
    image: Image
    user: str
    command: Sequence[str]
    environment: Mapping[str, str]
    mounts: Mapping[str, tuple[Path, bool]]
    network: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it; it logs to ``<folder>/log``."""
        self.folder.mkdir(parents=True)
        (self.folder / "config.json").write_text(json.dumps(self._configuration()))
        with (self.folder / "log").open("ab") as log:
            command = [*self._crun("run"), "--bundle", str(self.folder), self.name]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, command: Sequence[str], *, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as its user."""
        user = self.image.user(self.user)
        words = [*self._crun("exec"), "--user", f"{user.uid}:{user.gid}", self.name, *command]
        return subprocess.run(words, capture_output=True, text=True, timeout=timeout_s, check=False)

    def stop(self, signal: str = "TERM", *, limit_s: float = 100) -> int:
        """Signal its first process, wait for it, and return its exit code."""
        assert self.process
        if not self.ended:
            subprocess.run([*self._crun("kill"), self.name, signal], check=False, capture_output=True)
        return self.process.wait(limit_s)

    def remove(self) -> None:
        """End it, however it is."""
        if self.process is not None:
            subprocess.run([*self._crun("delete"), "--force", self.name], check=False, capture_output=True)
            self.process.wait(30)

    @property
    def ended(self) -> bool:
        """Whether its first process is gone."""
        return self.process is None or self.process.poll() is not None

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return (self.folder / "log").read_text(errors="replace")

    @staticmethod
    def _crun(verb: str) -> list[str]:
        return ["unshare", "--mount", "sh", "-c", _UNIFIED, "crun", "--cgroup-manager=disabled", verb]

    def _configuration(self) -> dict[str, Any]:
        config = self.image.config
        user = self.image.user(self.user)
        of_engine = {"PATH": PATH, "HOSTNAME": self.name, "HOME": user.home}
        told = of_engine | dict(each.split("=", 1) for each in config.get("Env", ()))
        return {
            "ociVersion": "1.0.2",
            "hostname": self.name,
            "root": {"path": str(self.image.files), "readonly": True},
            "process": {
                "user": {"uid": user.uid, "gid": user.gid},
                "args": list(self.command),
                "env": [f"{key}={value}" for key, value in {**told, **self.environment}.items()],
                "cwd": config.get("WorkingDir") or "/",
                "capabilities": {kind: [] for kind in CAPABILITIES},
                "noNewPrivileges": True,
            },
            "mounts": [*map(_system, SYSTEM), _temporary(), *(_bind(at, *what) for at, what in self.mounts.items())],
            "linux": {
                "namespaces": [
                    *({"type": kind} for kind in ("pid", "ipc", "uts", "mount")),
                    {"type": "network", "path": str(self.network)},
                ]
            },
        }


def _system(mount: tuple[str, str, tuple[str, ...]]) -> dict[str, Any]:
    destination, kind, options = mount
    return {"destination": destination, "type": kind, "source": kind, "options": list(options)}


def _temporary() -> dict[str, Any]:
    """``/tmp`` as the file has it: ``size=64m,mode=1777``."""
    options = ["nosuid", "nodev", "noexec", "size=64m", "mode=1777"]
    return {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": options}  # noqa: S108


def _bind(destination: str, source: Path, writable: bool) -> dict[str, Any]:
    options = ["rbind", "rw" if writable else "ro"]
    return {"destination": destination, "type": "bind", "source": str(source), "options": options}
