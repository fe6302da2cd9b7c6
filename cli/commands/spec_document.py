"""Builds the JSON of a specification from options; the API validates it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cli.errors import Usage

Json = dict[str, Any]
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def spec_document(
    kind: str,
    *,
    file: Path | None,
    options: Mapping[str, Any],
    exactly: Mapping[str, Any] = _NOTHING,
    named: str = "--spec",
) -> Json:
    """The file's specification, with the given options set; ``named`` is the option that gave the file.

    Args:
        kind: of the job.
        file: a JSON file, or None to start from nothing.
        options: values by dotted path (``ig.tolerance``); None and empty lists were not given.
        exactly: as ``options``, where null and an empty list are values like others.

    Raises:
        Usage: the file cannot be read, or is for another kind of job.
    """
    document = {"kind": kind, **(_read(file, kind, named) if file else {})}
    for path, value in options.items():
        if value not in (None, []):
            _put(document, path.split("."), value)
    for path, value in exactly.items():
        _put(document, path.split("."), value)
    require_finite(document)
    return document


def require_finite(document: Json) -> None:
    """All numbers can be written as JSON.

    Raises:
        Usage: one is NaN or infinite.
    """
    try:
        json.dumps(document, allow_nan=False)
    except ValueError as error:
        raise Usage("the specification holds NaN or an infinite number: give finite ones") from error


def _read(file: Path, kind: str, named: str) -> Json:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Usage(f"{named} {file}: cannot be read as JSON: {error}") from error
    if not isinstance(document, dict):
        raise Usage(f"{named} {file}: expected a JSON object")
    if document.get("kind", kind) != kind:
        raise Usage(f"{named} {file}: it is for kind {document['kind']!r}, this command submits {kind!r}")
    return document


def _put(document: Json, path: list[str], value: Any) -> None:
    name, *rest = path
    if not rest:
        document[name] = value
        return
    inner = document.get(name)
    document[name] = copy.copy(inner) if isinstance(inner, dict) else {}
    _put(document[name], rest, value)
