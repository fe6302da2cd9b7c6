from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from florescope.errors import ApiUnreachable, WaitTimeout
from florescope.follow import Waiting, follow
from florescope.http.connection import Connection


def _script(api: Any, *done: float) -> None:
    first = dict(api.views[0], state="running")
    views = [dict(first, progress=dict(first["progress"], done=value)) for value in done]
    api.views = [*views, api.views[0]]


@pytest.mark.parametrize(("streams", "cut_after"), [(True, None), (True, 1), (True, 0), (False, None)])
def test_a_job_is_seen_to_its_end_with_and_without_a_stream(api: Any, streams: bool, cut_after: int | None) -> None:
    _script(api, 0, 16, 32)
    api.streams, api.cut_after = streams, cut_after
    with closing(Connection(api.url)) as connection:
        seen = list(follow(connection, "j1", Waiting(pause_s=0.01)))
    assert [job.progress.done for job in seen] == [0, 16, 32, 64]
    assert [job.over for job in seen] == [False, False, False, True]


@pytest.mark.parametrize("streams", [True, False])
def test_a_job_is_seen_to_its_end_with_fewer_requests_a_minute_than_that_takes(api: Any, streams: bool) -> None:
    _script(api, 0, 16, 32)
    api.streams, api.cut_after, api.quota = streams, 1, 1
    with closing(Connection(api.url)) as connection:
        seen = list(follow(connection, "j1", Waiting(pause_s=0.01)))
    assert [job.progress.done for job in seen] == [0, 16, 32, 64]


def test_a_wait_ends_at_its_limit_while_a_quota_of_requests_is_used_up(api: Any) -> None:
    api.quota, api.room_after_s = 0, 60
    with closing(Connection(api.url)) as connection, pytest.raises(WaitTimeout):
        list(follow(connection, "j1", Waiting(limit_s=0.1, pause_s=0.01)))


def test_an_api_that_stays_away_ends_the_patience() -> None:
    with closing(Connection("http://127.0.0.1:9")) as connection, pytest.raises(ApiUnreachable):
        list(follow(connection, "j1", Waiting(pause_s=0.01, patience_s=0.05)))


def test_a_job_that_has_ended_meanwhile_is_over_also_where_nobody_waits(api: Any) -> None:
    with closing(Connection(api.url)) as connection:
        seen = list(follow(connection, "j1", Waiting(limit_s=0)))
    assert [job.state.value for job in seen] == ["succeeded"]


def test_a_job_that_goes_on_is_asked_for_once_before_a_wait_of_no_time_ends(api: Any) -> None:
    _script(api, 0, 16)
    with closing(Connection(api.url)) as connection, pytest.raises(WaitTimeout):
        list(follow(connection, "j1", Waiting(limit_s=0)))
    assert api.polls == 1
