"""How long to wait before a notice that was not taken is tried again."""

from __future__ import annotations

from datetime import timedelta

from jobs.notice.notice import Attempt, Notice, NoticeState

MINUTE_S, HOUR_S = 60, 3600
PAUSES_S = (5, 30, 5 * MINUTE_S, 30 * MINUTE_S, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S, 14 * HOUR_S)
"""Pauses after the first try, the second, and so on: about 32 hours in all, much as Standard Webhooks advises."""


def after(notice: Notice, attempt: Attempt, *, for_good: bool = False, spread: float = 0.0) -> Notice:
    """The notice once it was tried again.

    Args:
        notice: before the try.
        attempt: how the try went.
        for_good: whether no further try can help.
        spread: from 0 to 1: by up to a fifth the pause is longer, so that not all come at once.
    """
    tried = len(notice.attempts)
    attempts = (*notice.attempts, attempt)
    if attempt.delivered:
        return notice.model_copy(
            update={"state": NoticeState.DELIVERED, "attempts": attempts, "next_at": None},
        )
    if for_good or tried >= len(PAUSES_S):
        return notice.model_copy(update={"state": NoticeState.GIVEN_UP, "attempts": attempts, "next_at": None})
    pause = timedelta(seconds=PAUSES_S[tried] * (1 + spread / 5))
    return notice.model_copy(update={"attempts": attempts, "next_at": attempt.at + pause})
