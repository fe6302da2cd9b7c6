"""A listing holds every key once, in order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.base import ObjectStore
from store.key import InvalidKey

segments = st.text(alphabet="ab.-+ %é花", min_size=1, max_size=3).filter(lambda text: text[0] != ".")
keys = st.lists(segments, min_size=1, max_size=3).map("/".join)


def is_folder_of_another(key: str, others: set[str]) -> bool:
    return any(other.startswith(f"{key}/") for other in others)


key_sets = st.sets(keys, max_size=12).map(
    lambda found: sorted(key for key in found if not is_folder_of_another(key, found))
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(found=key_sets, data=st.data())
def test_list_gives_every_key_once_and_in_order(store: ObjectStore, found: list[str], data: st.DataObject) -> None:
    prefix = data.draw(st.sampled_from(["", *found]).flatmap(lambda key: st.sampled_from(beginnings(key))))
    after = data.draw(st.none() | keys | st.sampled_from(found or ["a"]))
    limit = data.draw(st.none() | st.integers(0, 4))
    for number, key in enumerate(found):
        store.put(key, b"x" * number)
    listed = list(store.list(prefix, after=after, limit=limit))
    everything = list(store.list(""))
    for key in found:
        store.delete(key)

    wanted = [key for key in found if key.startswith(prefix) and (after is None or key > after)]
    assert [info.key for info in listed] == wanted[:limit]
    assert [(info.key, info.size) for info in everything] == [(key, size) for size, key in enumerate(found)]
    assert list(store.list("")) == []


def beginnings(key: str) -> list[str]:
    return [key[:length] for length in range(len(key) + 1)]


def test_list_starts_anywhere_in_a_tree(store: ObjectStore) -> None:
    found = ["a b/x", "a.txt", "a/b/c", "a/b/d", "a/c", "a0", "b"]
    for key in found:
        store.put(key, b"")
    for prefix, after in itertools.product(["", "a", "a/", "a/b", "b"], ["", "a/", "a/b", "a/b/", *found]):
        wanted = [key for key in found if key.startswith(prefix) and key > after]
        assert [info.key for info in store.list(prefix, after=after)] == wanted


def test_list_pages_through_many_objects(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.s3.s3_store.PAGE_SIZE", 7)
    wanted = [f"many/{number:04}" for number in range(60)]
    for key in reversed(wanted):
        store.put(key, b"")
    assert [info.key for info in store.list("many/")] == wanted
    assert [info.key for info in store.list("many/", after="many/0039", limit=15)] == wanted[40:55]


def test_list_of_a_bad_prefix_is_refused(store: ObjectStore) -> None:
    for prefix in ("/", "../", "a/../b", "a//", ".partial/"):
        with pytest.raises(InvalidKey):
            store.list(prefix)


def test_list_tells_when_an_object_was_written_last(store: ObjectStore) -> None:
    store.put("a", b"petal")
    (info,) = store.list("a")
    assert info.modified_at is not None
    assert abs(info.modified_at - datetime.now(UTC)) < timedelta(minutes=1)
