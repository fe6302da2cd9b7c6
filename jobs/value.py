"""Defines the base class of all values that are stored or sent: frozen, typed, encoded as JSON."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from jobs.errors import Corrupt


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
