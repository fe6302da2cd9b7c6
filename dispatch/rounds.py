"""Lets one worker at a time reconcile, and remembers which jobs it has looked at closely."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dispatch.in_parts import in_parts
from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import NOW, translated
from jobs.errors import BoardUnavailable, Retryable

RECONCILER, CLEANER = "reconciler", "cleaner"
"""The two kinds of work that one process at a time does: who reconciles also writes the index of jobs."""
LEADS_FOR_S = 20.0
"""A leader that does not renew its lead within this time is taken for dead."""
RENEW_EVERY_S = BEAT_S = 5.0
LONGEST_CALL_S = 600.0
"""A call to the store takes at most so long, with all its tries: a leader that hangs for longer leads no more."""
ASKED_AT_ONCE = 1000
T = TypeVar("T")

_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_LEAVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) > 0 then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('DEL', KEYS[1])
"""
# Arguments: seconds, how many, the time to live, then the ids of all jobs that are not over.
_TURN = f"""{NOW}
local fresh = {{}}
for i = 4, #ARGV do fresh[ARGV[i]] = true end
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if fresh[id] then fresh[id] = nil else redis.call('ZREM', KEYS[1], id) end
end
for i = 4, #ARGV do
  if fresh[ARGV[i]] then redis.call('ZADD', KEYS[1], now, ARGV[i]) end
end
local turn = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(turn) do redis.call('ZADD', KEYS[1], now, id) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return turn
"""


class LeadLost(Retryable):
    """Another process leads by now."""


@dataclass
class Lead:
    """The right to reconcile, for as long as it is renewed. Once it is lost, it stays lost.

    A thread renews it during a call that takes long: otherwise another worker would begin a round in the midst of this
    one, and hang in the same call.
    """

    rounds: Rounds
    token: str
    what: str = RECONCILER
    renewed_at_s: float = field(default_factory=time.monotonic)
    lost: bool = False

    def renew(self) -> bool:
        """Lead for another while; False where somebody else does by now."""
        asked_at_s = time.monotonic()
        self.lost = self.lost or not self.rounds.renew(self.token, what=self.what)
        self.renewed_at_s = asked_at_s
        return not self.lost

    def keep(self, done: threading.Event) -> None:
        """Renew it until all is done, it is lost, or its holder has not asked for it for longer than a call takes."""
        while not done.wait(BEAT_S) and time.monotonic() < self.renewed_at_s + LONGEST_CALL_S:
            with suppress(BoardUnavailable):
                if not self.rounds.renew(self.token, what=self.what):
                    return

    def holds(self) -> bool:
        """Whether nobody else leads; renews it every few seconds, so whoever leads asks often."""
        due = time.monotonic() >= self.renewed_at_s + RENEW_EVERY_S
        return self.renew() if due else not self.lost

    def insist(self) -> None:
        """As ``holds``, for those who go on with nothing once the lead is lost.

        Raises:
            LeadLost: another process leads by now.
        """
        if not self.holds():
            raise LeadLost(f"another process is the {self.what} by now")


@contextmanager
def _kept(lead: Lead) -> Iterator[Lead]:
    """The lead, which a thread renews meanwhile."""
    done = threading.Event()
    thread = threading.Thread(target=lead.keep, args=(done,), name=f"lead-{lead.what}", daemon=True)
    thread.start()
    try:
        yield lead
    finally:
        done.set()
        thread.join()


def no_lead() -> None:
    """What is to be renewed by those who read without a lead: nothing."""


def renewing(items: Iterable[T], renew: Callable[[], None]) -> Iterator[T]:
    """The items; before each of them, which may have taken long to read, whoever leads renews that."""
    for item in items:
        renew()
        yield item


class Rounds:
    """Who reconciles, and when which job has its turn."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys
        self._renew = keys.client.register_script(_RENEW)
        self._leave = keys.client.register_script(_LEAVE)
        self._turn = keys.client.register_script(_TURN)

    @contextmanager
    def lead(self, *, rest_s: float = 0.0, what: str = RECONCILER) -> Iterator[Lead | None]:
        """Be the one who reconciles; None where another one does.

        Args:
            rest_s: for so long after the end nobody leads: calls that have piled up become one.
            what: to lead in.
        """
        token = uuid.uuid4().hex
        with translated(self._keys.client):
            won = self._keys.client.set(self._leader(what), token, nx=True, px=int(LEADS_FOR_S * 1000))
        if not won:
            yield None
            return
        try:
            with _kept(Lead(self, token, what)) as lead:
                yield lead
        finally:
            with suppress(BoardUnavailable), translated(self._keys.client):
                self._leave(keys=[self._leader(what)], args=[token, int(rest_s * 1000)])

    def renew(self, token: str, *, what: str = RECONCILER) -> bool:
        """See ``Lead.renew``."""
        with translated(self._keys.client):
            return bool(self._renew(keys=[self._leader(what)], args=[token, int(LEADS_FOR_S * 1000)]))

    def _leader(self, what: str) -> str:
        return f"{self._keys.prefix}{what}"

    def turn(self, job_ids: Iterable[str], *, every_s: float, limit: int) -> list[str]:
        """Those of these jobs, at most ``limit``, that have waited longest for a close look, if for ``every_s``."""
        with translated(self._keys.client):
            answer: Any = self._turn(keys=[f"{self._keys.prefix}looked"], args=[int(every_s), limit, KEPT_S, *job_ids])
        return list(answer)

    def at_most_every(self, what: str, seconds: float) -> bool:
        """Whether it is time for something that is done once in a while."""
        with translated(self._keys.client):
            key = f"{self._keys.prefix}next:{what}"
            return bool(self._keys.client.set(key, "1", nx=True, px=int(seconds * 1000)))

    def not_yet(self, whats: Iterable[str]) -> set[str]:
        """Those of which ``at_most_every`` would say that it is not time."""
        found = set[str]()
        with translated(self._keys.client):
            for part in in_parts(list(whats), ASKED_AT_ONCE):
                marks: Any = self._keys.client.mget([f"{self._keys.prefix}next:{what}" for what in part])
                found.update(what for what, mark in zip(part, marks, strict=True) if mark is not None)
        return found

    def at_once(self, what: str) -> None:
        """Let something be done again although not so much time has passed."""
        with translated(self._keys.client):
            self._keys.client.delete(f"{self._keys.prefix}next:{what}")
