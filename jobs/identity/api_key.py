"""API keys: what is stored of one, and how the key that its user holds is made and checked."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobs.identity.quota import NO_QUOTA, Quota
from jobs.identity.role import Role
from jobs.names.project_name import ALL_PROJECTS, PROJECT_OR_ALL
from jobs.value import Document

_MARK = "fsk"
ID_BYTES, _SECRET_BYTES = 8, 32
_LONGEST = 200
KEY_NAME = r"^[^\x00-\x1f\x7f]+$"
KEY_NAME_IN_WORDS = "a name in one line, without control characters"
KeyName = Annotated[str, Field(min_length=1, max_length=100, pattern=KEY_NAME)]
KeyProject = Annotated[str, Field(pattern=PROJECT_OR_ALL)]


class ApiKey(Document):
    """A key as it is stored: of its secret only the digest, which is enough, since the secret is 256 random bits.

    Attributes:
        id: part of the key; no secret.
        name: who uses it. Jobs, models and data sets say this name.
        projects: that it sees; ``*`` stands for all.
        secret_sha256: 64 hexadecimal digits.
        created_by: name of the key by which it was made; empty where it was made in the store.
        expires_at: None for never.
        revoked_at: None while it is not.
        quota: what may be done with it.
    """

    id: str
    name: KeyName
    role: Role
    projects: Annotated[tuple[KeyProject, ...], Field(min_length=1, max_length=100)]
    secret_sha256: str
    created_at: datetime
    created_by: str = ""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    quota: Quota = NO_QUOTA

    @property
    def of_all_projects(self) -> bool:
        """Whether it sees every project, also such as come later."""
        return ALL_PROJECTS in self.projects

    def valid_at(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def has_secret(self, secret: str) -> bool:
        """Whether this is its secret; takes equally long either way."""
        return hmac.compare_digest(digest_of(secret), self.secret_sha256)


def new_id() -> str:
    """The id of a new key."""
    return secrets.token_hex(ID_BYTES)


def new_secret() -> str:
    """The secret of a new key."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def digest_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key_text(key_id: str, secret: str) -> str:
    """The key that its user holds."""
    return f"{_MARK}_{key_id}_{secret}"


def parts_of(text: str) -> tuple[str, str] | None:
    """Id and secret of a key that somebody sent; None where it is none."""
    mark, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    of_form = mark == _MARK and len(key_id) == 2 * ID_BYTES and key_id.isalnum() and key_id.isascii()
    return (key_id, secret) if of_form and secret and len(text) <= _LONGEST else None
