"""Checks object keys and prefixes, by the same rules for every store."""

from __future__ import annotations

from jobs.errors import Permanent

MAX_KEY_BYTES = 900  # S3 allows 1024, including the prefix of the store
MAX_SEGMENT_BYTES = 255  # the longest file name of common file systems


class InvalidKey(Permanent, ValueError):
    """The key is not legal."""


def check_key(key: str) -> str:
    """Return the key if it is legal.

    A key is segments joined by ``/``: printable, none empty, none ``.`` or ``..``. Keys that begin with a dot
    are reserved for the stores.

    Raises:
        InvalidKey: it is not legal; the message says why.
    """
    if not key:
        raise InvalidKey("the object key is empty: pass something like 'jobs/<job_id>/spec.json'")
    _check_characters(key)
    for segment in key.split("/"):
        _check_segment(key, segment)
    return key


def is_legal_key(key: str) -> bool:
    """Whether an object may lie under this key. What others put into a store may have names of any kind."""
    try:
        check_key(key)
    except InvalidKey:
        return False
    return True


def check_prefix(prefix: str) -> str:
    """Return the prefix if a legal key can start with it; the empty prefix means all keys.

    Raises:
        InvalidKey: no legal key can.
    """
    if not prefix:
        return prefix
    _check_characters(prefix)
    *folders, _ = prefix.split("/")
    for folder in folders:
        _check_segment(prefix, folder)
    return prefix


def _check_characters(key: str) -> None:
    if not key.isprintable():
        raise InvalidKey(f"the object key {key!r} has characters that cannot be printed")
    if key.startswith("."):
        raise InvalidKey(f"the object key {key!r} starts with a dot: such keys are the stores' own")
    if key.startswith("/"):
        raise InvalidKey(f"the object key {key!r} starts with '/': leave it out")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise InvalidKey(f"the object key {key[:40]!r}… is longer than {MAX_KEY_BYTES} bytes")


def _check_segment(key: str, segment: str) -> None:
    if not segment:
        raise InvalidKey(f"the object key {key!r} has an empty segment: no '//' and no '/' at the end")
    if segment in {".", ".."}:
        raise InvalidKey(f"the object key {key!r} has a segment {segment!r}")
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        raise InvalidKey(f"the object key {key[:40]!r}… has a segment longer than {MAX_SEGMENT_BYTES} bytes")
