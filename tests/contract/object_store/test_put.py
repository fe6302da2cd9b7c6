"""What is put is there, whole, and once where that is asked."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jobs.errors import ObjectExists
from store.base import ObjectInfo, ObjectStore
from tests.contract.object_store.conftest import digest

RACERS = 8


def test_what_was_put_is_what_one_gets(store: ObjectStore) -> None:
    store.put("jobs/1/spec.json", b'{"kind": "train"}', content_type="application/json")
    assert store.get("jobs/1/spec.json") == b'{"kind": "train"}'


def test_what_was_put_to_be_flushed_later_is_there_at_once_and_after_the_flush(store: ObjectStore) -> None:
    put = [store.put(f"pictures/{number}.png", bytes([number]) * 100, flushed=False) for number in range(9)]
    assert [info.sha256 for info in put] == [digest(bytes([number]) * 100) for number in range(9)]
    for _ in range(2):
        assert [store.get(info.key)[0] for info in put] == list(range(9))
        store.flush()


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    assert store.put("active/1", b"") == ObjectInfo("active/1", 0, digest(b""))
    assert store.get("active/1") == b""
    assert list(store.stream("active/1")) == []
    assert store.head("active/1") is not None


def test_put_says_the_size_and_the_sha256(store: ObjectStore) -> None:
    assert store.put("a", b"petal") == ObjectInfo("a", 5, digest(b"petal"))


def test_put_file_says_the_size_and_the_sha256(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "petal"
    path.write_bytes(b"petal")
    assert store.put_file("a", path, content_type="text/plain") == ObjectInfo("a", 5, digest(b"petal"))
    assert store.get("a") == b"petal"


def test_put_replaces(store: ObjectStore) -> None:
    store.put("a", b"long before")
    store.put("a", b"after")
    assert store.get("a") == b"after"


def test_put_if_absent_keeps_what_is_there(store: ObjectStore) -> None:
    assert store.put("a", b"first", if_absent=True).sha256 == digest(b"first")
    with pytest.raises(ObjectExists, match="a is already in"):
        store.put("a", b"second", if_absent=True)
    assert store.get("a") == b"first"


def test_put_if_absent_works_again_after_a_delete(store: ObjectStore) -> None:
    store.put("a", b"first", if_absent=True)
    store.delete("a")
    store.put("a", b"second", if_absent=True)
    assert store.get("a") == b"second"


def test_of_racing_writers_exactly_one_wins(store: ObjectStore) -> None:
    start = threading.Barrier(RACERS)

    def race(key: str, racer: int) -> bool:
        start.wait(timeout=60)
        try:
            store.put(key, b"%d" % racer, if_absent=True)
        except ObjectExists:
            return False
        return True

    with ThreadPoolExecutor(RACERS) as threads:
        for number in range(5):
            key = f"race/{number}"
            won = list(threads.map(race, itertools.repeat(key), range(RACERS)))
            assert won.count(True) == 1
            assert store.get(key) == b"%d" % won.index(True)


def test_readers_see_the_old_object_or_the_new_one(store: ObjectStore) -> None:
    contents = {bytes([letter]) * 300_000 for letter in b"ab"}
    store.put("a", min(contents))
    done = threading.Event()

    def write() -> None:
        for content in itertools.islice(itertools.cycle(contents), 20):
            store.put("a", content)
        done.set()

    with ThreadPoolExecutor(1) as threads:
        writer = threads.submit(write)
        while not done.is_set() and not writer.done():
            assert store.get("a") in contents
        writer.result()
