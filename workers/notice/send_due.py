"""Sends the notices that are due, beside the work on steps: a slow receiver holds up neither planning nor reconciling.

Whoever dies between sending and writing that down leaves the notice waiting, so it is sent again, with the same id.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from dispatch.notice.channels import read_channels
from dispatch.notice.outbox import note_attempt, read_notice, waiting_notices
from dispatch.refusal import unless_refused
from jobs.errors import Corrupt, JobError, NewerVersion, ObjectNotFound
from jobs.notice import notice_keys
from jobs.notice.notice import Attempt, Notice, NoticeState
from jobs.notice.pauses import after
from workers.notice.deliver import LIMIT_S, deliver
from workers.notice.outcome import Outcome
from workers.step.services import Services

_log = structlog.get_logger(__name__)
AT_ONCE, MOST_A_ROUND = 4, 100
HELD_S = 2 * LIMIT_S
"""For so long no other process sends a notice that somebody took; then whoever took it has died."""
LOOK_AGAIN_S = 600.0
"""After so long a notice is looked at again that cannot be read, or that the store refuses."""
_MOST_KNOWN = 10_000
_sending = threading.Lock()
_later: dict[str, float] = {}
"""When notices that were looked at are due at the earliest, by this process's own clock, which nobody sets."""


def start_sending(services: Services) -> None:
    """Send what is due in a thread, unless this process does already."""
    if _sending.acquire(blocking=False):
        threading.Thread(target=_round, args=(services,), name="notices", daemon=True).start()


def _round(services: Services) -> None:
    try:
        send_due(services)
    except JobError as error:  # the store or Redis is away: the next round comes in seconds
        _log.warning("notices_not_sent", error=str(error))
    except Exception:  # noqa: BLE001  (the next round must come)
        _log.exception("notices_not_sent")
    finally:
        _sending.release()


def send_due(services: Services) -> int:
    """Make a try of each notice that is due, as far as one round goes; returns how many were tried."""
    now_s = time.monotonic()
    waiting = [each for each in waiting_notices(services.store) if _later.get(each[1], 0.0) <= now_s]
    if not waiting:
        return 0
    this_round = _in_turns(waiting)[:MOST_A_ROUND]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notice") as threads:
        return sum(threads.map(lambda each: _send(each[0], each[1], services), this_round))


def _in_turns(waiting: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first of each project, then the second of each: none waits behind all those of another project."""
    seen: Counter[str] = Counter()
    turns: list[tuple[int, tuple[str, str]]] = []
    for each in waiting:
        seen[each[0]] += 1
        turns.append((seen[each[0]], each))
    return [each for _, each in sorted(turns)]


def _send(project: str, notice_id: str, services: Services) -> bool:
    """Whether the notice was tried: no other process has it, and it is due."""
    held = f"notice:{notice_id}"
    if not services.board.rounds.at_most_every(held, HELD_S):
        return False

    def look_again_later() -> None:
        _remember(notice_id, LOOK_AGAIN_S)

    try:
        send = partial(_send_held, project, notice_id, services)
        return unless_refused(send, services.store, otherwise=False, renew=look_again_later, notice=notice_id)
    finally:
        services.board.rounds.at_once(held)


def _send_held(project: str, notice_id: str, services: Services) -> bool:
    """See ``_send``, by the only process that may send it now.

    One that was never tried is due whatever its time says: that is of the clock of whoever wrote it.
    """
    try:
        notice = read_notice(project, notice_id, services.store)
        if notice.state is not NoticeState.WAITING or notice.next_at is None:
            note_attempt(notice, services.store)  # whoever sent it did not come to remove the marker
            return False
        early_s = (notice.next_at - services.board.now()).total_seconds() if notice.attempts else 0.0
        if early_s > 0:
            _remember(notice_id, early_s)
            return False
        note_attempt(_tried(notice, services), services.store)
        return True
    except ObjectNotFound:
        services.store.delete(notice_keys.waiting(project, notice_id))
        return False
    except (Corrupt, NewerVersion) as error:
        _remember(notice_id, LOOK_AGAIN_S)
        _log.error("notice_unreadable", notice=notice_id, error=str(error))
        return False


def _tried(notice: Notice, services: Services) -> Notice:
    channel = read_channels(notice.project, services.store).named(notice.channel)
    began, started = services.board.now(), time.monotonic()
    if channel is None:
        outcome = Outcome(delivered=False, words="the channel was removed", for_good=True)
    else:
        outcome = deliver(notice, channel, private_hosts=services.notices.private_hosts)
    took_s = round(time.monotonic() - started, 3)
    attempt = Attempt(at=began, took_s=took_s, delivered=outcome.delivered, outcome=outcome.words)
    tried = after(notice, attempt, for_good=outcome.for_good, spread=random.random())  # noqa: S311
    level = _log.info if outcome.delivered else _log.warning
    level("notice_tried", notice=notice.id, project=notice.project, channel=notice.channel, outcome=outcome.words)
    return tried


def _remember(notice_id: str, for_s: float) -> None:
    if len(_later) >= _MOST_KNOWN:
        _later.clear()
    _later[notice_id] = time.monotonic() + for_s
