"""Symbolic links below the root of a local store are not followed: what they lead to is not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobs.errors import ObjectExists, ObjectNotFound
from store.key import InvalidKey
from store.local import LocalStore


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "secret"
    path.write_bytes(b"secret")
    return path


@pytest.fixture
def store(tmp_path: Path, secret: Path) -> LocalStore:
    store = LocalStore(tmp_path / "store")
    store.put("a/own", b"own")
    (store.root / "a" / "link").symlink_to(secret)
    (store.root / "folder").symlink_to(secret.parent)
    return store


@pytest.mark.parametrize("key", ["a/link", "folder/secret"])
def test_nothing_is_read_through_a_link(store: LocalStore, tmp_path: Path, key: str) -> None:
    with pytest.raises(ObjectNotFound):
        store.get(key)
    with pytest.raises(ObjectNotFound):
        next(store.stream(key))
    with pytest.raises(ObjectNotFound):
        store.get_file(key, tmp_path / "copy")
    assert store.head(key) is None
    assert store.local_path(key) is None


@pytest.mark.parametrize("prefix", ["", "a/", "a/l", "folder/", "folder/s", "f"])
def test_no_list_shows_what_is_behind_a_link(store: LocalStore, prefix: str) -> None:
    expected = ["a/own"] if "a/own".startswith(prefix) else []
    assert [info.key for info in store.list(prefix)] == expected


@pytest.mark.parametrize("key", ["a/link", "folder/secret", "folder/new", "a/link/new"])
@pytest.mark.parametrize("if_absent", [False, True])
def test_nothing_is_written_through_a_link(store: LocalStore, secret: Path, key: str, if_absent: bool) -> None:
    with pytest.raises((InvalidKey, ObjectExists), match=r"symbolic link|already"):
        store.put(key, b"changed", if_absent=if_absent)
    store.delete(key)
    assert secret.read_bytes() == b"secret"
    assert list(secret.parent.iterdir()) == [secret]


def test_a_root_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "disk")
    store = LocalStore(tmp_path / "store")
    store.put("a/b", b"data")
    assert store.get("a/b") == b"data"
    assert [info.key for info in store.list("")] == ["a/b"]


@pytest.mark.parametrize("name", [b"\xe9.png", b"a\x01.png", b"\xc2\x85.png"])
def test_a_file_whose_name_is_no_key_is_passed_over(tmp_path: Path, name: bytes) -> None:
    store = LocalStore(tmp_path / "store")
    store.put("a/b.png", b"data")
    Path(os.fsdecode(os.fsencode(store.root / "a") + b"/" + name)).write_bytes(b"x")
    folder = Path(os.fsdecode(os.fsencode(store.root) + b"/" + name))
    folder.mkdir()
    (folder / "c.png").write_bytes(b"x")
    assert [info.key for info in store.list("")] == ["a/b.png"]
