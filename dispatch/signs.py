"""Keeps signs of life in Redis: who is there, and what they work on. Each is gone soon after it was given last."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import NOW, translated
from jobs.errors import Corrupt
from jobs.value import Value

_GIVE = f"""{NOW}
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.3f|', now) .. ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""
_SEE = f"""{NOW}
local all, live = redis.call('HGETALL', KEYS[1]), {{}}
for i = 1, #all, 2 do
  local bar = string.find(all[i + 1], '|', 1, true)
  if tonumber(string.sub(all[i + 1], 1, bar - 1)) < now - ARGV[1] then
    redis.call('HDEL', KEYS[1], all[i])
  else
    live[#live + 1] = string.sub(all[i + 1], bar + 1)
  end
end
return live
"""
Sign = TypeVar("Sign", bound=Value)


class Signs(Generic[Sign]):
    """Signs of one kind, by who gives them."""

    def __init__(self, keys: JobKeys, name: str, kind: type[Sign], *, ttl_s: float) -> None:
        self._client = keys.client
        self._key = f"{keys.prefix}{name}"
        self._kind = kind
        self._ttl_s = ttl_s
        self._give = keys.client.register_script(_GIVE)
        self._see = keys.client.register_script(_SEE)

    def give(self, who: str, sign: Sign) -> None:
        """Give a sign, in place of the one before."""
        with translated(self._client):
            self._give(keys=[self._key], args=[who, sign.model_dump_json(), KEPT_S])

    def withdraw(self, who: str) -> None:
        """Remove the sign of this name now, before it expires."""
        with translated(self._client):
            self._client.hdel(self._key, who)

    def seen(self) -> list[Sign]:
        """Signs that were given lately; those that another version gave in another form are left out."""
        with translated(self._client):
            texts: Any = self._see(keys=[self._key], args=[self._ttl_s])
        read = (self._read(text) for text in texts)
        return [sign for sign in read if sign is not None]

    def _read(self, text: str) -> Sign | None:
        try:
            return self._kind.decode(text.encode())
        except Corrupt:
            return None
