"""Stores the features of frozen backbones in the object store, shared by all jobs and workers."""

from __future__ import annotations

from pathlib import Path

import structlog

from dispatch.housekeeping.deletions import remove_deletion
from jobs import keys
from jobs.errors import Corrupt, ObjectNotFound
from jobs.housekeeping.thing import Thing, ThingKind
from store.base import ObjectStore

_log = structlog.get_logger(__name__)


class ObjectFeatureStore:
    """An ``ml.training.feature_cache.FeatureStore`` over an object store; files pass through ``folder``."""

    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def get(self, digest: str) -> Path | None:
        """A copy in the folder, or None where nobody has computed these features yet.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        path = self._folder / f"features-{digest}.npz"
        if path.exists():
            return path
        try:
            self._store.get_file(keys.features(digest), path)
        except ObjectNotFound:
            return None
        except Corrupt as error:
            _log.warning("features_damaged", digest=digest, error=str(error))
            return None
        self._keep(digest)
        return path

    def put(self, digest: str, path: Path) -> None:
        """Keep a file; it appears in one piece, and writing it twice changes nothing.

        Raises:
            StoreUnavailable: the store does not answer, or is full.
        """
        self._store.put_file(keys.features(digest), path, content_type="application/zip")
        self._keep(digest)

    def _keep(self, digest: str) -> None:
        """What a training uses is wanted again, whoever deleted it."""
        remove_deletion(Thing(ThingKind.FEATURES, digest), self._store)
