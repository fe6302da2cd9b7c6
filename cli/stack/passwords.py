"""Makes the passwords of one run of a stack. On loopback, too, other users and web pages may ask."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from settings import Settings

_BYTES = 24


def _new() -> str:
    return secrets.token_hex(_BYTES)


@dataclass(frozen=True)
class Passwords:
    """What Redis and Flower ask for.

    Attributes:
        redis: of Redis.
        flower: of Flower; None where the environment has one, which its process inherits.
        flower_user: the name that goes with it.
    """

    redis: str = field(default_factory=_new, repr=False)
    flower: str | None = field(default_factory=_new, repr=False)
    flower_user: str = "florescope"

    @classmethod
    def of(cls, settings: Settings) -> Passwords:
        """New ones, but for what the settings say."""
        flower = None if settings.flower_password else _new()
        return cls(flower=flower, flower_user=settings.flower_user)


def private_folder(folder: Path) -> Path:
    """Make a folder that is this user's alone; one that is there becomes so."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def write_private(path: Path, text: str) -> Path:
    """Write a file that only this user can read, from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path
