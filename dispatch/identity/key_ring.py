"""Makes, finds and revokes API keys, which lie in the object store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dispatch.refusal import readable
from jobs.errors import ObjectNotFound
from jobs.identity import identity_keys
from jobs.identity.api_key import ID_BYTES, ApiKey, digest_of, key_text, new_id, new_secret
from jobs.identity.quota import NO_QUOTA, Quota
from jobs.identity.role import Role
from store.base import ObjectStore

PERSON_VALID_FOR = timedelta(hours=12)


@dataclass(frozen=True)
class KeyRequest:
    """A key that somebody wants to have made.

    Attributes:
        name: who will use it.
        valid_for: None for ever.
        created_by: name of who asks for it; empty for whoever has the store.
    """

    name: str
    role: Role
    projects: tuple[str, ...]
    valid_for: timedelta | None = None
    created_by: str = ""
    quota: Quota = NO_QUOTA


def create_key(wanted: KeyRequest, store: ObjectStore) -> tuple[ApiKey, str]:
    """What is stored of a new key, and the key itself, which nobody can find out later.

    Raises:
        pydantic.ValidationError: the name or a project is none.
    """
    secret, now = new_secret(), datetime.now(UTC)
    key = ApiKey(
        id=new_id(),
        name=wanted.name,
        role=wanted.role,
        projects=tuple(dict.fromkeys(wanted.projects)),
        secret_sha256=digest_of(secret),
        created_at=now,
        created_by=wanted.created_by,
        expires_at=now + wanted.valid_for if wanted.valid_for else None,
        quota=wanted.quota,
    )
    store.put(identity_keys.api_key(key.id), key.encode(), if_absent=True, content_type="application/json")
    return key, key_text(key.id, secret)


@dataclass(frozen=True)
class Person:
    """Somebody whom a provider of identity knows.

    Attributes:
        issuer: address of the provider.
        subject: what it calls this person, for ever.
        name: for others to read; may change.
    """

    issuer: str
    subject: str
    name: str
    role: Role
    projects: tuple[str, ...]


def admit(person: Person, store: ObjectStore) -> ApiKey | None:
    """The key by which the sessions of a person go, renewed for as long as a session lasts; None where it was revoked.

    Nobody holds its secret. Its id is the same at every sign-in, so quotas and the audit log know the person.
    """
    now = datetime.now(UTC)
    key_id = digest_of(f"{person.issuer}\n{person.subject}")[: 2 * ID_BYTES]
    key = ApiKey(
        id=key_id,
        name=person.name,
        role=person.role,
        projects=person.projects,
        secret_sha256=digest_of(new_secret()),
        created_at=now,
        created_by=person.issuer,
        expires_at=now + PERSON_VALID_FOR,
    )
    with suppress(ObjectNotFound):
        known = read_key(key_id, store)
        if known.revoked_at is not None:
            return None
        key = key.model_copy(update={"created_at": known.created_at, "quota": known.quota})
    store.put(identity_keys.api_key(key.id), key.encode(), content_type="application/json")
    return key


def read_key(key_id: str, store: ObjectStore) -> ApiKey:
    """What is stored of a key.

    Raises:
        ObjectNotFound: there is no such key.
    """
    try:
        return ApiKey.decode(store.get(identity_keys.api_key(key_id)))
    except ObjectNotFound as error:
        raise ObjectNotFound(f"there is no key {key_id!r}: florescope keys list shows those there are") from error


def list_keys(store: ObjectStore) -> Iterator[ApiKey]:
    """All keys that can be read, also those that have expired or were revoked."""
    for info in store.list(identity_keys.API_KEYS_PREFIX):
        key = readable(info.key, ApiKey.decode, store)
        if key is not None:
            yield key


def revoke_key(key_id: str, store: ObjectStore) -> ApiKey:
    """Let a key be of no use from now on; asking again is fine.

    Raises:
        ObjectNotFound: there is no such key.
    """
    key = read_key(key_id, store)
    if key.revoked_at is None:
        key = key.model_copy(update={"revoked_at": datetime.now(UTC)})
        store.put(identity_keys.api_key(key.id), key.encode(), content_type="application/json")
    return key
