"""Which keys a store takes, and that it keeps them as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.base import ObjectStore
from store.key import InvalidKey

ODD_KEYS = [
    "a b/c d.png",
    "  lead and trail ",
    "100%/50%25.txt",
    "a+b/c&d=e?f#g.txt",
    "blüte/花/🌸.png",
    "quote'\"`$(id);<>|*.txt",
    "back\\slash",
    "3.04\u202fPM \u00a0\u3000.png",
    "\U0001f469\u200d\U0001f33e/\u202e\u05d0\u05d1.png",
    "line\u2028paragraph\u2029\ufeff.png",
    "x/.hidden/~",
    "s" * 255,
]
BAD_KEYS = [
    "",
    "/a",
    "a/",
    "a//b",
    "..",
    "a/../b",
    "./a",
    "a/./b",
    ".probe",
    "a\nb",
    "a\0b",
    "\ud800",
    "s" * 256,
]
BAD_KEYS.append("/".join(["s" * 99] * 10))


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_are_kept_as_they_are(store: ObjectStore, key: str, tmp_path: Path) -> None:
    store.put(key, b"odd", if_absent=True)
    assert store.get(key) == b"odd"
    assert store.head(key) is not None
    assert [info.key for info in store.list("")] == [key]
    assert [info.key for info in store.list(key)] == [key]
    assert list(store.list("", after=key)) == []
    assert store.get_file(key, tmp_path / "download").size == 3
    store.delete(key)
    assert list(store.list("")) == []


@pytest.mark.parametrize("key", BAD_KEYS)
def test_bad_keys_are_refused(store: ObjectStore, key: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    for attempt in (
        lambda: store.put(key, b""),
        lambda: store.put_file(key, path),
        lambda: store.get(key),
        lambda: list(store.stream(key)),
        lambda: store.get_file(key, path),
        lambda: store.head(key),
        lambda: store.delete(key),
        lambda: store.presigned_url(key),
    ):
        with pytest.raises(InvalidKey, match="key"):
            attempt()


def test_a_key_is_free_again_when_all_below_it_is_gone(store: ObjectStore) -> None:
    store.put("a/b/c", b"")
    store.delete("a/b/c")
    store.put("a", b"petal")
    assert store.get("a") == b"petal"
