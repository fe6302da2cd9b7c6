"""Does a round of cleaning up where it is time for one, by Redis' clock: that of this host may be wrong."""

from __future__ import annotations

from dispatch.housekeeping.clean_up import clean_up
from dispatch.housekeeping.usage_count import count_usage, write_usage
from dispatch.notice.outbox import remove_old_notices
from workers.step.services import Services

HOUR_S = 3600.0


def clean_up_if_due(here: Services, *, every_s: float) -> None:
    """Remove what was deleted a day ago; once an hour also delete what is kept no longer, and count what there is.

    What is kept no longer is gone on with in the next round where this one had no time for all of it.

    Args:
        here: the store, and the board where it is noted when this was done last.
        every_s: calls that have piled up in this time become one.

    Raises:
        StoreUnavailable, BoardUnavailable: the next round goes on.
    """
    if here.board.rounds.at_most_every("clean_up", every_s):
        by_age = not here.board.rounds.not_yet(["by_age"])
        done = clean_up(here.store, here.board, by_age=by_age)
        if by_age and done is not None and not done.unfinished:
            here.board.rounds.at_most_every("by_age", HOUR_S)
        if here.board.rounds.at_most_every("usage", HOUR_S):
            remove_old_notices(here.store, now=here.board.now())
            write_usage(count_usage(here.store), here.store)
