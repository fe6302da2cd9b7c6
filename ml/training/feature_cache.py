"""Caches features of a frozen backbone: they are computed once for all epochs, trainings and workers.

A file of features is named after the digest of everything that it depends on, so a cached file never becomes stale.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from ml.damaged_archive import DAMAGED_ARCHIVE

CODE_VERSION = 3
"""Increase it whenever reading, augmenting, mixing or preprocessing gives other numbers than before."""
Skipped = tuple[tuple[str, str], ...]


class FeatureStore(Protocol):
    """Stores files of features, shared by all who compute them."""

    def get(self, digest: str) -> Path | None:
        """The path of a file, or None where there is none."""
        ...

    def put(self, digest: str, path: Path) -> None:
        """Store a file; the same digest always means the same contents."""
        ...


class NoFeatureStore:
    """Stores nothing."""

    def get(self, digest: str) -> Path | None:
        """Return None: nothing is stored."""
        del digest
        return None

    def put(self, digest: str, path: Path) -> None:
        """Do nothing."""


@dataclass(frozen=True, eq=False)
class Features:
    """The outputs of a frozen backbone for one view of a split.

    Attributes:
        values: (N, channels) float32 after the pooling, or (N, h, w, channels) before it.
        labels: (N,) int32.
        partners: (N,) int32, the class of the other image that was mixed in.
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
    """The name of a file of features: SHA-256 of everything that they depend on, including code versions."""
    facts |= {"code": CODE_VERSION, "keras": keras.__version__}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def stack(views: Iterable[Features]) -> Features:
    """Concatenate all views of a split; images that are skipped in one view are skipped in all."""
    parts = list(views)
    return Features(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.partners for part in parts]),
        np.concatenate([part.shares for part in parts]),
        parts[0].skipped,
    )


def fetch(store: FeatureStore, digest: str) -> Features | None:
    """Load stored features; None where there are none, or where the file cannot be read."""
    path = store.get(digest)
    if path is None:
        return None
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:  # NumPy leaves a bad file open
            skipped = tuple((name, why) for name, why in file["skipped"].tolist())
            return Features(file["pooled"], file["labels"], file["partners"], file["shares"], skipped)
    except (OSError, *DAMAGED_ARCHIVE):
        return None


def keep(store: FeatureStore, digest: str, features: Features) -> None:
    """Store features for later use."""
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
