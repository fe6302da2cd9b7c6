"""Checks object keys and prefixes, by the same rules for every store."""

from __future__ import annotations

from jobs.errors import Permanent
from jobs.names.file_name import MAX_NAME_BYTES, character_problem, name_problem

_SHOWN = 300


class InvalidKey(Permanent, ValueError):
    """The key is not legal."""


def check_key(key: str) -> str:
    """Return the key if it is legal.

    A key is a name as ``jobs.names.file_name`` says, of at most ``MAX_NAME_BYTES``. Keys that begin with a dot are
    reserved for the stores.

    Raises:
        InvalidKey: it is not legal; the message says why.
    """
    if not key:
        raise InvalidKey("the object key is empty: pass something like 'jobs/<job_id>/spec.json'")
    _refuse(key, name_problem(key) or _problem(key))
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
    if prefix:
        folders, slash, _ = prefix.rpartition("/")
        _refuse(prefix, character_problem(prefix) or (name_problem(folders or slash) if slash else None))
        _refuse(prefix, _problem(prefix))
    return prefix


def _problem(key: str) -> str | None:
    """Why a name is no legal key although it is a legal name; None where it is one."""
    if key.startswith("."):
        return "starts with a dot: such keys are the stores' own"
    return f"is longer than {MAX_NAME_BYTES} bytes" if len(key.encode()) > MAX_NAME_BYTES else None


def _refuse(key: str, problem: str | None) -> None:
    if problem is not None:
        shown = repr(key) if len(key) <= _SHOWN else f"{key[:_SHOWN]!r}…"
        raise InvalidKey(f"the object key {shown} {problem}")
