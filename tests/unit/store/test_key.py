from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import Permanent
from jobs.names.file_name import MAX_NAME_BYTES, name_problem
from store.key import InvalidKey, check_key, check_prefix


def is_legal(key: str) -> bool:
    try:
        check_key(key)
    except InvalidKey:
        return False
    return True


@given(st.text() | st.text(alphabet="a./"))
def test_a_legal_key_stays_inside_the_store(key: str) -> None:
    if is_legal(key):
        assert check_key(key) == key
        assert not set(key.split("/")) & {"", ".", ".."}
        assert len(key.encode()) <= MAX_NAME_BYTES


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_a_name_is_a_key_unless_it_begins_with_a_dot(name: str) -> None:
    assert is_legal(name) == (name_problem(name) is None and not name.startswith("."))
    assert is_legal(f"datasets/{name}") == (name_problem(name) is None)


@given(st.text(alphabet="ab./ ").filter(is_legal), st.integers(min_value=0))
def test_every_beginning_of_a_legal_key_is_a_legal_prefix(key: str, length: int) -> None:
    prefix = key[:length]
    assert check_prefix(prefix) == prefix


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "empty"),
        ("/a", "leave it out"),
        ("a//b", "empty segment"),
        ("a/../b", "'..'"),
        (".a", "stores' own"),
        ("a\tb", "control characters"),
        ("a" * 256, "segment longer than 255 bytes"),
        ("花/" * 300 + "a", "longer than 900 bytes"),
    ],
)
def test_a_refusal_says_why(key: str, reason: str) -> None:
    with pytest.raises(InvalidKey, match=reason):
        check_key(key)


def test_a_bad_key_will_not_become_good() -> None:
    assert issubclass(InvalidKey, Permanent)
