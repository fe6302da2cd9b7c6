"""Reads files that a job can do without: one that is gone or damaged is left out, and the log says so."""

from __future__ import annotations

import structlog

from jobs.errors import Corrupt, ObjectNotFound
from jobs.models.artifact import Artifact
from store.base import ObjectStore
from store.verified import verified_bytes

_log = structlog.get_logger(__name__)


def undamaged_bytes(file: Artifact, store: ObjectStore) -> bytes | None:
    """The bytes of a file; None where it is gone, or does not have the digest of the document that names it."""
    try:
        return verified_bytes(file, store)
    except (ObjectNotFound, Corrupt) as error:
        _log.warning("file_left_out", key=file.key, error=str(error))
        return None
