"""Records what a training ran on: data, software and hardware."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jobs.models.environment import DataVersion, Environment, Hardware
from jobs.version import VERSION
from ml.data.datasets import DatasetDescription
from ml.device import accelerators

PACKAGES = ("keras", "numpy", "pillow", "tensorflow", "tensorflow-cpu", "tensorflow-datasets")


def environment_of(dataset: DatasetDescription) -> Environment:
    """Data, software and hardware of this training; loads TensorFlow."""
    return Environment(
        data=data_version(dataset),
        python=platform.python_version(),
        platform=platform.platform(),
        packages={"florescope": VERSION, **dict(_installed())},
        hardware=Hardware(
            processor=_processor(),
            cores=os.cpu_count() or 1,
            memory_bytes=_memory_bytes(),
            accelerators=accelerators(),
        ),
    )


def data_version(dataset: DatasetDescription) -> DataVersion:
    """Which data were read: equal digests mean the same release of the same data set."""
    splits = dict(dataset.splits)
    told = [dataset.name, dataset.version, list(dataset.class_names), sorted(splits.items())]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return DataVersion(name=dataset.name, version=dataset.version, digest=digest, splits=splits)


def _installed() -> list[tuple[str, str]]:
    found = []
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found.append((name, version(name)))
    return found


def _processor() -> str:
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return platform.processor() or platform.machine()


def _memory_bytes() -> int | None:
    with suppress(OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None
