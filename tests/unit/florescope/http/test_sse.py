from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from florescope.http.sse import Event, read_events


def test_comments_ids_and_retries_are_no_events() -> None:
    lines = [": still here", "", "retry: 2000", "id: 7", "", "event: snapshot", "data: {}", "id: 8", ""]
    assert [event for event in read_events(lines) if event] == [Event("snapshot", "{}")]


def test_a_comment_is_a_sign_of_life() -> None:
    assert list(read_events([": still here", ""])) == [None]


def test_half_an_event_at_the_end_is_dropped() -> None:
    assert list(read_events(["event: snapshot", "data: {}"])) == []


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), min_size=1))
def test_data_of_several_lines_is_joined(parts: list[str]) -> None:
    assert list(read_events([*(f"data: {part}" for part in parts), ""])) == [Event("message", "\n".join(parts))]
