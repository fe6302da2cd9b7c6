"""Where keys are made: the API, or the object store for whoever has that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cli.errors import StackFailed, Usage
from cli.stack.opened_store import opened_store
from dispatch.identity.key_ring import KeyRequest, create_key, list_keys, revoke_key
from florescope import environment
from florescope.client import Client
from jobs.errors import JobError, ObjectNotFound
from jobs.identity.api_key import KEY_NAME, KEY_NAME_IN_WORDS, ApiKey
from jobs.identity.quota import Quota
from jobs.identity.role import Role
from jobs.names.project_name import PROJECT_IN_WORDS, PROJECT_OR_ALL
from store.base import ObjectStore
from store.key import InvalidKey

Json = dict[str, Any]
_EXPECTED = {PROJECT_OR_ALL: f"{PROJECT_IN_WORDS}, or '*' for all projects", KEY_NAME: KEY_NAME_IN_WORDS}


class KeyDesk(Protocol):
    """Makes, lists and revokes keys; in the form of the API's answers."""

    def make_key(self, key: Mapping[str, Any]) -> Json:
        """Make a key; ``key`` of the answer is the key itself."""
        ...

    def keys(self) -> list[Json]:
        """All keys."""
        ...

    def revoke_key(self, key_id: str) -> Json:
        """Let a key be of no use any more."""
        ...


class StoreDesk:
    """Keys in an object store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def make_key(self, key: Mapping[str, Any]) -> Json:
        """See ``KeyDesk``."""
        days = key["days"]
        wanted = KeyRequest(
            name=key["name"],
            role=_role(key["role"]),
            projects=tuple(key["projects"]),
            valid_for=timedelta(days=days) if days else None,
            quota=Quota(**key["quota"]),
        )
        made, text = create_key(wanted, self._store)
        return {**_shown(made), "key": text}

    def keys(self) -> list[Json]:
        """See ``KeyDesk``."""
        return [_shown(key) for key in list_keys(self._store)]

    def revoke_key(self, key_id: str) -> Json:
        """See ``KeyDesk``."""
        return _shown(revoke_key(key_id, self._store))


@contextmanager
def key_desk(api: str, store: str | None) -> Iterator[KeyDesk]:
    """The API where an admin's key is at hand and no store is named, else the store.

    Raises:
        Usage: a name, a role or a project is none, or there is no such key.
        StackFailed: the store does not answer.
    """
    if environment.api_key() and store is None:
        with Client(api) as client:
            yield client
        return
    try:
        yield StoreDesk(opened_store(store))
    except ValidationError as error:
        raise Usage(_told(error.errors()[0])) from error
    except (ObjectNotFound, InvalidKey, ValueError) as error:
        raise Usage(str(error)) from error
    except JobError as error:
        raise StackFailed(str(error)) from error


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError as error:
        raise Usage(f"role {name!r}: expected {', '.join(Role)}") from error


def _told(error: ErrorDetails) -> str:
    """What was given, and what was expected of it in words."""
    words = _EXPECTED.get(error.get("ctx", {}).get("pattern", ""))
    why = f"{error['input']!r}: expected {words}" if words else error["msg"]
    return f"{error['loc'][0]}: {why}"


def _shown(key: ApiKey) -> Json:
    return key.model_dump(mode="json", exclude={"schema_version", "secret_sha256"})
