"""Every service of ``docker-compose.yml`` as a container of its image, with a Redis and an S3 server.

The S3 server is moto, in place of SeaweedFS, and Redis is Debian's: neither image can be built here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.services.compose_file import SECRETS, ComposeService, services
from tests.services.compose_stack import PYTHON_SERVICES
from tests.services.containers.container import Container, Image
from tests.services.containers.image_store import ImageStore, full_name
from tests.services.containers.network import inside, network
from tests.services.moto_server import MotoServer, moto_server

IMAGES = {"florescope-api": "api", "florescope-worker": "worker"}
"""Targets of the Dockerfile, by the name that the file gives their images."""
STARTED = ("redis", *PYTHON_SERVICES)
HOSTS = "127.0.0.1 localhost redis s3 api\n"
S3_PORT = 8333
WELL_WITHIN_S = 120


@dataclass
class ContainerStack:
    """The containers and their images by the names of their services, all in one network."""

    folder: Path
    network: Path
    images: Mapping[str, Image]
    services: Mapping[str, ComposeService]
    s3: MotoServer
    containers: dict[str, Container] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a service as the file has it."""
        service = self.services[name]
        image = self.images[name]
        container = Container(
            name=f"{self.network.name}-{name}",
            folder=self.folder / "containers" / name,
            image=image,
            user=service.document.get("user") or image.config["User"],
            command=service.command or image.config["Cmd"],
            environment=service.environment,
            mounts=self._volumes(service) | self._secrets(service) | {"/etc/hosts": (self.folder / "hosts", False)},
            network=self.network,
        )
        self.containers[name] = container
        container.start()

    def wait_until_well(self, name: str) -> None:
        """Ask for a service's health as the file says until it is well."""
        deadline = time.monotonic() + WELL_WITHIN_S
        while (checked := self.containers[name].run(self.services[name].healthcheck)).returncode:
            if time.monotonic() > deadline or self.containers[name].ended:
                raise AssertionError(f"{name} is not well: {checked.stdout}{checked.stderr}\n{self.logs()}")
            time.sleep(1)

    def stop(self) -> dict[str, int]:
        """SIGTERM to all, the youngest first; their exit codes."""
        return {name: container.stop() for name, container in reversed(self.containers.items())}

    def logs(self) -> str:
        """The last lines of each container's output."""
        lines = {name: container.log.splitlines()[-20:] for name, container in self.containers.items()}
        return "\n".join(f"--- {name}\n" + "\n".join(each) for name, each in lines.items())

    def _volumes(self, service: ComposeService) -> dict[str, tuple[Path, bool]]:
        found = {}
        for written in service.document.get("volumes", ()):
            source, destination, *mode = written.split(":")
            folder = Path(source) if source.startswith("/") else self.folder / "volumes" / source
            found[destination] = (folder, mode != ["ro"])
        return found

    def _secrets(self, service: ComposeService) -> dict[str, tuple[Path, bool]]:
        return {
            f"/run/secrets/{name}": (self.folder / "secrets" / kept, False) for name, kept in service.secrets.items()
        }

    def make_places(self, owners: Mapping[str, int]) -> None:
        """Make folders and files that are mounted; an engine would give a volume the owner that its image says."""
        for name, uid in owners.items():
            place = self.folder / "volumes" / name
            place.mkdir(parents=True)
            os.chown(place, uid, -1)
        (self.folder / "secrets").mkdir()
        for name, secret in SECRETS.items():
            (self.folder / "secrets" / name).write_text(f"{secret}\n")
            (self.folder / "secrets" / name).chmod(0o444)
        (self.folder / "hosts").write_text(HOSTS)


@contextmanager
def container_stack(store: ImageStore, folder: Path) -> Iterator[ContainerStack]:
    """All of them, healthy; this thread is in their network. At the end all are gone."""
    data = folder / "volumes" / "data"
    told = services({"DATA_DIR": str(data)})
    with ExitStack() as opened:
        place = opened.enter_context(network(f"florescope-{os.getpid()}"))
        images = {name: _image(store, str(told[name].document["image"]), opened) for name in STARTED}
        opened.enter_context(inside(place))
        s3 = opened.enter_context(moto_server(port=S3_PORT))
        s3.create_bucket("florescope")
        stack = ContainerStack(folder, place, images, told, s3)
        redis = images["redis"].user(told["redis"].document["user"])
        stack.make_places({"data": 1000, "scratch": 1000, "redis": redis.uid})
        for name in STARTED:
            stack.start(name)
            opened.callback(stack.containers[name].remove)
            if name == "redis":
                stack.wait_until_well(name)
        yield stack


def _image(store: ImageStore, name: str, opened: ExitStack) -> Image:
    """Files of their own for a container: what is mounted leaves empty files in them."""
    name = name if name in IMAGES else full_name(name)
    return Image(opened.enter_context(store.files(name)), store.inspect(name)["config"])
