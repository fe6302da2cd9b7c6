"""Saves an answer whose size and digest are not known before; the file is there once it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from florescope.download.fetch_file import partial_name
from florescope.http.connection import Connection

NO_QUERY: Mapping[str, Any] = MappingProxyType({})


def save_answer(connection: Connection, address: str, path: Path, *, query: Mapping[str, Any] = NO_QUERY) -> None:
    """Write what this address answers to a file; what was there before is replaced, or stays where this fails.

    Raises:
        NotFound, Refused: it answers with an error.
        ApiUnreachable: the answer broke off.
        OSError: the file cannot be written.
    """
    partial = path.with_name(partial_name(path.name))
    try:
        with connection.stream(address, params=dict(query)) as answer, partial.open("wb") as file:
            for piece in answer.iter_bytes():
                file.write(piece)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)  # nothing could go on with a part of it
        raise
