"""Features of a frozen backbone: computed once for all epochs, all trainings and all workers.

A file of features is named after the digest of everything that it depends on, so it can be kept for ever and
never needs to be told apart from another one.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

CODE_VERSION = 1
"""Raise it whenever reading, varying, mixing or preprocessing gives other numbers than before."""
Skipped = tuple[tuple[str, str], ...]


class FeatureStore(Protocol):
    """Where files of features are kept, whoever computed them."""

    def get(self, digest: str) -> Path | None:
        """A file to read, or None where there is none."""
        ...

    def put(self, digest: str, path: Path) -> None:
        """Keep a file; the same digest always means the same contents."""
        ...


class NoFeatureStore:
    """Keeps nothing."""

    def get(self, digest: str) -> Path | None:
        """None."""
        del digest
        return None

    def put(self, digest: str, path: Path) -> None:
        """Forget it."""


@dataclass(frozen=True, eq=False)
class Features:
    """What a frozen backbone sees in one view of a split.

    Attributes:
        values: (N, channels) float32 after the pooling, or (N, h, w, channels) before it.
        labels: (N,) int32.
        partners: (N,) int32, the class of the rest of a mixed image.
        shares: (N,) float32, how much of the image is of class ``labels``.
        skipped: image id and reason for each image of the split that could not be used.
    """

    values: NDArray[np.float32]
    labels: NDArray[np.int32]
    partners: NDArray[np.int32]
    shares: NDArray[np.float32]
    skipped: Skipped = ()

    def __len__(self) -> int:
        return len(self.labels)


def digest_of(**facts: object) -> str:
    """The name of a file of features: SHA-256 over all that they depend on, the versions of the code included."""
    facts |= {"code": CODE_VERSION, "keras": keras.__version__}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def stack(views: Iterable[Features]) -> Features:
    """All views of a split, one below the other; what was skipped in one was skipped in all."""
    parts = list(views)
    return Features(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.partners for part in parts]),
        np.concatenate([part.shares for part in parts]),
        parts[0].skipped,
    )


def fetch(store: FeatureStore, digest: str) -> Features | None:
    """Features that somebody has computed before; None where there are none, or none that can be read."""
    path = store.get(digest)
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            skipped = tuple((name, why) for name, why in file["skipped"].tolist())
            return Features(file["pooled"], file["labels"], file["partners"], file["shares"], skipped)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def keep(store: FeatureStore, digest: str, features: Features) -> None:
    """Let others use these features."""
    if isinstance(store, NoFeatureStore):
        return
    with tempfile.TemporaryDirectory(prefix="florescope-features-") as folder:
        path = Path(folder) / f"{digest}.npz"
        np.savez(
            path,
            pooled=features.values,
            labels=features.labels,
            partners=features.partners,
            shares=features.shares,
            skipped=np.array(features.skipped, dtype=np.str_).reshape(-1, 2),
        )
        store.put(digest, path)
