from __future__ import annotations

from typing import Any

import pytest

from cli.client.api_client import ApiClient
from cli.client.follow import follow
from cli.errors import ApiUnreachable


def _script(api: Any, *done: float) -> None:
    first = dict(api.views[0], state="running")
    views = [dict(first, progress=dict(first["progress"], done=value)) for value in done]
    api.views = [*views, api.views[0]]


@pytest.mark.parametrize(("streams", "cut_after"), [(True, None), (True, 1), (True, 0), (False, None)])
def test_a_job_is_seen_to_its_end_with_and_without_a_stream(
    api: Any, client: ApiClient, streams: bool, cut_after: int | None
) -> None:
    _script(api, 0, 16, 32)
    api.streams, api.cut_after = streams, cut_after
    seen = list(follow(client, "j1", pause_s=0.01))
    assert [job.progress.done for job in seen] == [0, 16, 32, 64]
    assert [job.over for job in seen] == [False, False, False, True]


def test_an_api_that_stays_away_ends_the_patience() -> None:
    with ApiClient("http://127.0.0.1:9") as client, pytest.raises(ApiUnreachable):
        list(follow(client, "j1", pause_s=0.01, patience_s=0.05))
