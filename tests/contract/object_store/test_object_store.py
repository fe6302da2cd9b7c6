"""A store is asked what it holds, and whether it works."""

from __future__ import annotations

import urllib.request

from store.base import ObjectStore
from store.s3.s3_store import S3Store
from tests.contract.object_store.conftest import digest


def test_head_knows_the_size_and_no_wrong_sha256(store: ObjectStore) -> None:
    store.put("a/b", b"petal")
    info = store.head("a/b")
    assert info is not None
    assert (info.key, info.size) == ("a/b", 5)
    assert info.sha256 in {None, digest(b"petal")}


def test_head_of_nothing_is_none(store: ObjectStore) -> None:
    store.put("a/b", b"petal")
    assert store.head("a") is None
    assert store.head("a/c") is None
    assert store.head("a/b/c") is None


def test_deleting_twice_is_fine(store: ObjectStore) -> None:
    store.put("a/b", b"")
    store.delete("a/b")
    store.delete("a/b")
    store.delete("a/b/c")
    assert store.head("a/b") is None


def test_deleting_what_others_lie_below_leaves_them(store: ObjectStore) -> None:
    store.put("a/b", b"petal")
    store.delete("a")
    assert store.get("a/b") == b"petal"


def test_the_start_up_check_passes_and_leaves_nothing(store: ObjectStore) -> None:
    store.put("a", b"")
    store.self_test()
    assert [info.key for info in store.list("")] == ["a"]


def test_a_look_passes_and_changes_nothing(store: ObjectStore) -> None:
    store.self_test()
    store.ping()
    store.put("a", b"petal")
    store.ping()
    assert [info.key for info in store.list("")] == ["a"]


def test_only_s3_has_links_and_they_need_no_credentials(store: ObjectStore) -> None:
    store.put("a b/ü+%.png", b"petal", content_type="image/png")
    url = store.presigned_url("a b/ü+%.png", expires_s=60)
    assert (url is not None) == isinstance(store, S3Store)
    if url is not None:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
            assert answer.read() == b"petal"
            assert answer.headers["Content-Type"] == "image/png"
