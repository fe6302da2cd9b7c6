"""Defines the base class of all values (frozen, typed, encoded as JSON), and of the documents in the store."""

from __future__ import annotations

import json
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from jobs.errors import Corrupt, NewerVersion

SCHEMA_VERSION = 2
"""The version of documents that this release writes; it also reads those of the version before."""


class Value(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")

    def encode(self) -> bytes:
        """JSON, UTF-8, as stored in the object store."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what ``encode`` wrote.

        Raises:
            Corrupt: the bytes are not a valid value of this class.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise Corrupt(
                f"stored {cls.__name__} cannot be read: {f'{place}: ' if place else ''}{first['msg']}"
            ) from error


class Document(Value):
    """A value that is stored as an object of its own, with the version of its format."""

    schema_version: int = SCHEMA_VERSION

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what ``encode`` wrote, in this release or the one before.

        Raises:
            NewerVersion: a later release wrote it.
            Corrupt: the bytes are not a valid document of this class.
        """
        try:
            read = super().decode(data)
        except Corrupt:
            _refuse_newer(cls.__name__, _version_of(data))
            raise
        _refuse_newer(cls.__name__, read.schema_version)
        return read


def _refuse_newer(name: str, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise NewerVersion(
            f"stored {name} was written by a newer version of Florescope (schema {version}, and this one reads up to "
            f"{SCHEMA_VERSION}): use that version, or a later one"
        )


def _version_of(data: bytes) -> int:
    """The format version that unreadable bytes claim; 1 where they claim none."""
    try:
        document = json.loads(data)
        return int(document.get("schema_version", 1))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return 1
