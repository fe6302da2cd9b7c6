"""Records the environment of a training: data, software and hardware, as seen by the process that trained."""

from __future__ import annotations

from jobs.value import Value

ENVIRONMENT, ARITHMETIC = "environment", "arithmetic"
"""Names under which a training records its environment in its report's ``values``."""


class DataVersion(Value):
    """The data set that was read.

    Attributes:
        version: the publisher's number, where there is one.
        digest: SHA-256 over name, version, class names and split sizes.
        splits: images per split.
    """

    name: str
    version: str | None
    digest: str
    splits: dict[str, int]


class Hardware(Value):
    """The machine; ``memory_bytes`` is None where it is not known."""

    processor: str
    cores: int
    memory_bytes: int | None
    accelerators: tuple[str, ...]


class Environment(Value):
    """Data, software and hardware of one training; ``packages`` are versions by name."""

    data: DataVersion
    python: str
    platform: str
    packages: dict[str, str]
    hardware: Hardware
