"""Patterns of specifications, in the form in which browsers check them."""

from __future__ import annotations

import pytest

from api.pages.browser_pattern import browser_pattern


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", r"[a-z0-9]([a-z0-9\-]{0,38}[a-z0-9])?"),
        (r"[A-Za-z0-9_.\-]*", r"[A-Za-z0-9_.\-]*"),
        (r"^[^-/(a-z]+$", r"[^\-\/\(a-z]+"),
        (r"^(a|b){2}-c$", r"(a|b){2}-c"),
        (r"^[\w|\]]$", r"[\w\|\]]"),
    ],
)
def test_what_a_set_may_not_hold_as_it_is_gets_escaped_there_alone(ours: str, theirs: str) -> None:
    assert browser_pattern(ours) == theirs
