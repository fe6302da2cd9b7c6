"""Builds the images of the Dockerfile with buildah, without a container engine.

Nothing is pulled: the base of the images is Debian, made by debootstrap, under the name that the Dockerfile gives its
base. So their Python is Debian's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.compose_file import ROOT
from tests.services.programs import program, unavailable

PROGRAMS = {"buildah": "buildah", "debootstrap": "debootstrap", "crun": "crun", "ip": "iproute2"}
DEBIAN = "bookworm"
PACKAGES = ("ca-certificates", "python3", "python3-pip", "python3-venv")
OF_THE_MACHINE = ("/etc/ssl/certs", "/etc/pip.conf")
"""Which package index there is, and whom to trust: seen while an image is built, and not part of it."""


@dataclass(frozen=True)
class ImageStore:
    """Images in a folder, of which nobody else knows."""

    folder: Path

    def build(self, target: str, tag: str) -> None:
        """Build a target of the Dockerfile."""
        seen = [word for path in OF_THE_MACHINE if Path(path).exists() for word in ("--volume", f"{path}:{path}:ro")]
        options = ["--layers", "--network", "host", "--pull-never", *seen, "--target", target, "--tag", tag]
        self.buildah("build", *options, str(ROOT), timeout_s=3600)

    def make_base(self) -> None:
        """Make the image that the Dockerfile begins with, if it is not there."""
        if self._has(base_name()):
            return
        root = self.folder / "debian"
        included = f"--include={','.join(PACKAGES)}"
        _run(["debootstrap", "--variant=minbase", included, DEBIAN, str(root)], timeout_s=1800)
        (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        with self.container("scratch") as container:
            self.buildah("add", container, str(root), "/")
            self.buildah("commit", container, base_name())
        shutil.rmtree(root)

    def make_redis(self, tag: str) -> None:
        """Make an image with Debian's Redis, in place of the one that would be pulled, if it is not there."""
        if self._has(full_name(tag)):
            return
        with self.container(base_name()) as container:
            script = "apt-get update -q && apt-get install -qy --no-install-recommends redis-server"
            self.buildah("run", "--network", "host", container, "sh", "-c", script, timeout_s=600)
            self.buildah("config", "--workingdir", "/data", container)  # as the image that it stands for has it
            self.buildah("commit", container, full_name(tag))

    def inspect(self, tag: str) -> dict[str, Any]:
        """What an image says of itself, as OCI's configuration."""
        return dict(json.loads(self.buildah("inspect", "--type", "image", tag))["OCIv1"])

    def size_bytes(self, tag: str) -> int:
        """Of all layers, unpacked."""
        listed = json.loads(self.buildah("images", "--json"))
        sizes = {name: each["size"] for each in listed for name in each["names"] or ()}
        return _bytes(next(size for name, size in sizes.items() if name.endswith(f"/{tag}:latest")))

    def remove(self) -> None:
        """Delete the folder; buildah leaves a mount in it."""
        mounted = f"{self.folder}/images/overlay"
        if f" {mounted} " in Path("/proc/self/mounts").read_text():
            _run(["umount", mounted], timeout_s=60)
        shutil.rmtree(self.folder)

    @contextmanager
    def container(self, image: str) -> Iterator[str]:
        """A container of an image, whose files can be changed."""
        name = self.buildah("from", "--pull-never", image).strip()
        try:
            yield name
        finally:
            self.buildah("rm", name)

    @contextmanager
    def files(self, image: str) -> Iterator[Path]:
        """The files of an image."""
        with self.container(image) as container:
            yield Path(self.buildah("mount", container).strip())
            self.buildah("umount", container)

    def buildah(self, *words: str, timeout_s: float = 120) -> str:
        """What buildah answers."""
        return _run(["buildah", *words], timeout_s=timeout_s, environment=self._environment())

    def _has(self, name: str) -> bool:
        command = ["buildah", "inspect", "--type", "image", name]
        return subprocess.run(command, env=self._environment(), capture_output=True, check=False).returncode == 0

    def _environment(self) -> dict[str, str]:
        """The folder, for buildah; processes run in a plain chroot while an image is built."""
        settings = self.folder / "storage.conf"
        places = f'graphroot = "{self.folder}/images"\nrunroot = "{self.folder}/run"\n'
        settings.write_text(f'[storage]\ndriver = "overlay"\n{places}')
        return {**os.environ, "BUILDAH_ISOLATION": "chroot", "CONTAINERS_STORAGE_CONF": str(settings)}


def require_programs() -> None:
    """Skip the test where images cannot be built; fail it there in CI."""
    for name, package in PROGRAMS.items():
        program(name, package)
    if os.geteuid():
        unavailable("images are built and started by root: sudo make test-images")


def base_name() -> str:
    """The base that the Dockerfile names, in full."""
    text = (ROOT / "Dockerfile").read_text()
    python, image = re.search(r"ARG PYTHON=(\S+)", text), re.search(r"FROM (\S+) AS base", text)
    assert python
    assert image
    return full_name(image[1].replace("${PYTHON}", python[1]))


def full_name(tag: str) -> str:
    """A name without a registry, as engines read it."""
    return f"docker.io/library/{tag}"


def _run(command: list[str], *, timeout_s: float, environment: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout[-2000:]}\n{ran.stderr[-4000:]}"
    return ran.stdout


def _bytes(size: str) -> int:
    """Of a size such as ``297 MB``, the bytes."""
    number, unit = size.split()
    return int(float(number) * {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9}[unit.upper()])
