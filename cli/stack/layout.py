"""Defines the folders, ports and addresses of a stack on one machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cli.stack.ports import LOOPBACK


@dataclass(frozen=True)
class Ports:
    """TCP ports on loopback."""

    api: int
    flower: int
    redis: int


@dataclass(frozen=True)
class Layout:
    """One stack on one machine.

    Attributes:
        folder: absolute; holds Redis' files, logs and the beat schedule, and the store unless it is elsewhere.
    """

    folder: Path
    store_url: str
    ports: Ports

    @property
    def api_url(self) -> str:
        """The API and the pages."""
        return f"http://{LOOPBACK}:{self.ports.api}"

    @property
    def flower_url(self) -> str:
        """The page that shows the workers."""
        return f"http://{LOOPBACK}:{self.ports.flower}"

    @property
    def redis_url(self) -> str:
        """Broker and board."""
        return f"redis://{LOOPBACK}:{self.ports.redis}/0"

    @property
    def log_folder(self) -> Path:
        """One file per service."""
        return self.folder / "logs"

    @property
    def redis_folder(self) -> Path:
        """The folder of Redis' files."""
        return self.folder / "redis"

    def addresses(self) -> str:
        """The addresses and folders to look at, one per line."""
        return "\n".join(
            (
                f"  pages and API   {self.api_url}",
                f"  Flower          {self.flower_url}",
                f"  object store    {self.store_url}",
                f"  logs            {self.log_folder}",
            )
        )


def local_store_url(folder: Path) -> str:
    """The URL of the default object store of a stack, in its folder."""
    return (folder.absolute() / "store").as_uri()
