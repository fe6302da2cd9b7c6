"""How long the client waits where requests are refused for now."""

from __future__ import annotations

import pytest

from florescope.errors import Refused
from florescope.http.request_quota import LEAST_S, pause_s


@pytest.mark.parametrize(
    ("status", "retry_after_s", "expected_s"),
    [
        (429, 12.0, 12.0),
        (429, 0.0, LEAST_S),
        (429, 3600.0, None),
        (429, None, None),
        (503, 12.0, None),
    ],
)
def test_it_waits_for_a_quota_of_requests_alone_and_never_asks_without_a_pause(
    status: int, retry_after_s: float | None, expected_s: float | None
) -> None:
    assert pause_s(Refused("too many requests", status=status, retry_after_s=retry_after_s)) == expected_s
