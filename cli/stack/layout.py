"""Defines the folders, ports and addresses of a stack on one machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cli.stack.passwords import Passwords, private_folder, write_private
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
        passwords: of this run.
        workers: that train and explain.
        identity: who asks callers of the API who they are, whatever the environment says; None leaves it to that.
    """

    folder: Path
    store_url: str
    ports: Ports
    passwords: Passwords = field(default_factory=Passwords)
    workers: int = 1
    identity: str | None = None

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
        return f"redis://:{self.passwords.redis}@{LOOPBACK}:{self.ports.redis}/0"

    @property
    def redis_settings(self) -> Path:
        """The file that tells Redis its password: command lines are for all to see."""
        return self.redis_folder / "redis.conf"

    @property
    def flower_login(self) -> Path:
        """The file that tells this user how to log in to Flower."""
        return self.folder / "flower-login"

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
        login = f"  (name:password in {self.flower_login})" if self.passwords.flower else ""
        return "\n".join(
            (
                f"  pages and API   {self.api_url}",
                f"  Flower          {self.flower_url}{login}",
                f"  object store    {self.store_url}",
                f"  logs            {self.log_folder}",
            )
        )


def local_store_url(folder: Path) -> str:
    """The URL of the default object store of a stack, in its folder."""
    return (folder.absolute() / "store").as_uri()


def make_private(layout: Layout) -> None:
    """Make the folders of a stack this user's alone, and write down what its passwords are.

    The folder itself, which may have been there, stays as it is; only a new one is made so.
    """
    for folder in (layout.redis_folder, layout.log_folder):
        private_folder(folder)
    if layout.store_url == local_store_url(layout.folder):
        private_folder(layout.folder / "store")
    write_private(layout.redis_settings, f"requirepass {layout.passwords.redis}\n")
    layout.flower_login.unlink(missing_ok=True)
    if layout.passwords.flower:
        write_private(layout.flower_login, f"{layout.passwords.flower_user}:{layout.passwords.flower}\n")
