"""What is counted against quotas, in whatever order things happen."""

from __future__ import annotations

from dispatch.connection import Connection
from dispatch.identity.quota_book import SETTLE_S, Exceeded, Holder, Reservation
from jobs.identity.quota import Quota

ONE = Holder("project:rose", Quota(active_jobs=1))


def test_a_job_counts_whose_submission_took_longer_than_a_reservation_holds(connection: Connection) -> None:
    book = connection.board.quotas
    slow = book.reserve([ONE], "slow", images=0)
    assert isinstance(slow, Reservation)
    book.settle(ONE, [], listed_at_s=connection.board.time_s() + SETTLE_S + 1)
    book.confirm(slow, "job")
    assert isinstance(book.reserve([ONE], "next", images=0), Exceeded)
