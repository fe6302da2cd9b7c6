"""Sessions of people at a browser: a signed cookie that names the key they logged in with, and tokens for forms."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool

from jobs.errors import ObjectExists, ObjectNotFound
from jobs.identity import identity_keys
from store.base import ObjectStore

COOKIE = "florescope_session"
VALID_S = 12 * 3600
_SECRET_BYTES = 32


@dataclass(frozen=True)
class Session:
    """What the cookie says.

    Attributes:
        key_id: of the API key: when that is of no use any more, neither is the session.
        project: that this person works in.
        mark: random; the token of its forms depends on it.
    """

    key_id: str
    project: str
    mark: str


class Sessions:
    """Signs and reads cookies; all API processes of a store use the same secret."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._secret: str | None = None

    async def begin(self, key_id: str, project: str) -> str:
        """The cookie of a new session."""
        made = [key_id, project, secrets.token_hex(16)]
        return str((await self._serializer()).dumps(made))

    async def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None where nobody signed it, or too long ago."""
        try:
            return Session(*(await self._serializer()).loads(cookie, max_age=VALID_S))
        except (BadSignature, TypeError):
            return None

    async def seal(self, values: list[str]) -> str:
        """Values that a browser keeps for a while and cannot change; it can read them."""
        return str(URLSafeTimedSerializer(await self._read_secret(), salt="sign-in").dumps(values))

    async def unseal(self, sealed: str, *, max_age_s: int) -> list[str]:
        """The values that ``seal`` put into this text.

        Raises:
            BadSignature: nobody here sealed it, or too long ago.
        """
        found = URLSafeTimedSerializer(await self._read_secret(), salt="sign-in").loads(sealed, max_age=max_age_s)
        return [str(value) for value in found]

    async def csrf_token(self, session: Session) -> str:
        """What a form of this session must send with it, which no page of another site knows."""
        return Signer(await self._read_secret(), salt="csrf").get_signature(session.mark).decode()

    async def is_csrf_token(self, token: str, session: Session) -> bool:
        """Whether a form of this session sent it."""
        return hmac.compare_digest(token.encode(), (await self.csrf_token(session)).encode())

    async def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(await self._read_secret(), salt="session")

    async def _read_secret(self) -> str:
        if self._secret is None:
            self._secret = await run_in_threadpool(_stored_secret, self._store)
        return self._secret


def _stored_secret(store: ObjectStore) -> str:
    """The secret in the store; whoever comes first makes it."""
    try:
        return store.get(identity_keys.SESSION_SECRET).decode()
    except ObjectNotFound:
        made = secrets.token_hex(_SECRET_BYTES)
    try:
        store.put(identity_keys.SESSION_SECRET, made.encode(), if_absent=True)
        return made
    except ObjectExists:
        return store.get(identity_keys.SESSION_SECRET).decode()
