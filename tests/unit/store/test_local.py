from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from jobs.errors import ObjectExists, StoreUnavailable
from store import local
from store.key import InvalidKey
from store.local import LocalStore
from tests.unit.store.conftest import partial_files


def test_only_what_is_to_be_flushed_at_once_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = list[int]()
    monkeypatch.setattr(os, "fsync", synced.append)
    store = LocalStore(tmp_path)
    store.put("folder/first", b"petal")
    synced.clear()
    store.put("folder/second", b"petal", flushed=False)
    assert synced == []
    store.put("folder/third", b"petal")
    assert len(synced) == 2, "the file and its name"


def test_a_new_object_that_is_flushed_later_is_written_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path)
    store.put("folder/first", b"petal")
    monkeypatch.setattr(local, "partial_file", pytest.fail)
    info = store.put("folder/second", b"leaf", flushed=False)
    assert (info.size, info.sha256) == (4, hashlib.sha256(b"leaf").hexdigest())
    assert store.get("folder/second") == b"leaf"


def test_an_object_that_is_replaced_and_flushed_later_is_never_seen_in_part(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("folder/petal", b"old")
    with (tmp_path / "folder/petal").open("rb") as reader:
        store.put("folder/petal", b"new", flushed=False)
        assert (reader.read(), store.get("folder/petal")) == (b"old", b"new")


def test_a_new_object_that_cannot_be_written_to_its_end_is_not_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path)
    store.put("folder/first", b"petal")
    monkeypatch.setattr(os, "fdopen", _full_disk)
    with pytest.raises(StoreUnavailable, match="full"):
        store.put("folder/second", b"leaf", flushed=False)
    assert store.head("folder/second") is None


def test_a_writer_that_fails_leaves_what_another_one_wrote_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path)
    store.put("folder/first", b"petal")

    def overtaken(descriptor: int, *_: object) -> object:
        monkeypatch.undo()
        store.put("folder/second", b"leaf")
        return _full_disk(descriptor)

    monkeypatch.setattr(os, "fdopen", overtaken)
    with pytest.raises(StoreUnavailable, match="full"):
        store.put("folder/second", b"leaf", flushed=False)
    assert store.get("folder/second") == b"leaf"


def _full_disk(descriptor: int, *_: object) -> object:
    os.close(descriptor)
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_object_cannot_lie_below_another(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"petal")
    for if_absent in (False, True):
        with pytest.raises(InvalidKey, match="a/b/c cannot be an object"):
            store.put("a/b/c", b"", if_absent=if_absent)
    assert store.get("a") == b"petal"


def test_an_object_cannot_replace_those_below_it(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a/b", b"petal")
    for if_absent in (False, True):
        with pytest.raises(InvalidKey, match="a cannot be an object"):
            store.put("a", b"", if_absent=if_absent)
    assert store.get("a/b") == b"petal"


@pytest.mark.parametrize("if_absent", [False, True])
def test_an_empty_folder_that_a_killed_writer_left_is_not_in_the_way(tmp_path: Path, if_absent: bool) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    store.put("a/b", b"petal", if_absent=if_absent)
    assert store.get("a/b") == b"petal"


def test_if_absent_says_so_when_the_key_is_taken(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"petal")
    with pytest.raises(ObjectExists):
        store.put("a", b"", if_absent=True)
    assert partial_files(tmp_path) == []
