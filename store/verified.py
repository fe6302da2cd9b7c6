"""Reads an object whose digest is known from a document that names it."""

from __future__ import annotations

from jobs.errors import Corrupt
from jobs.models.artifact import Artifact
from store.base import ObjectStore
from store.transfer import sha256_of


def verified_bytes(file: Artifact, store: ObjectStore) -> bytes:
    """The bytes of a file.

    Raises:
        ObjectNotFound: it is gone.
        Corrupt: they do not have the digest of the document that names it.
    """
    data = store.get(file.key)
    if sha256_of(data) != file.sha256:
        raise Corrupt(f"{file.key} does not have the digest that its report names")
    return data
