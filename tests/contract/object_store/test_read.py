"""Objects are read whole, in chunks, in part and into files."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from pathlib import Path

import pytest

from jobs.errors import Corrupt, ObjectNotFound
from store.base import ObjectInfo, ObjectStore
from store.memory import MemoryStore
from store.object_file import open_object
from tests.contract.object_store.conftest import digest

LARGE_BYTES = 30 << 20
FEW_BYTES = 8 << 20


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.bin"
    with path.open("wb") as file:
        for number in range(LARGE_BYTES >> 20):
            file.write(hashlib.shake_256(bytes([number])).digest(1 << 20))
    return path


@pytest.mark.parametrize("key", ["nothing", "a", "a/b/c"])
def test_reading_what_is_not_there_is_a_clear_error(store: ObjectStore, key: str, tmp_path: Path) -> None:
    store.put("a/b", b"petal")
    with pytest.raises(ObjectNotFound, match=key):
        store.get(key)
    with pytest.raises(ObjectNotFound, match=key):
        list(store.stream(key))
    with pytest.raises(ObjectNotFound, match=key):
        store.get_file(key, tmp_path / "download")
    assert not (tmp_path / "download").exists()


def test_a_large_file_goes_through_in_little_memory(store: ObjectStore, large_file: Path, tmp_path: Path) -> None:
    download = tmp_path / "download"
    store.self_test()  # the S3 client takes memory of its own when first used
    tracemalloc.start()
    try:
        sent = store.put_file("large", large_file)
        received = store.get_file("large", download, sha256=sent.sha256)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent == received == ObjectInfo("large", LARGE_BYTES, digest(large_file.read_bytes()))
    assert digest(download.read_bytes()) == sent.sha256
    assert isinstance(store, MemoryStore) or peak_bytes < FEW_BYTES


def test_stream_gives_the_bytes_in_chunks(store: ObjectStore, large_file: Path) -> None:
    store.put_file("large", large_file)
    sizes, hasher = [], hashlib.sha256()
    for chunk in store.stream("large"):
        sizes.append(len(chunk))
        hasher.update(chunk)
    assert max(sizes) <= FEW_BYTES
    assert (sum(sizes), hasher.hexdigest()) == (LARGE_BYTES, digest(large_file.read_bytes()))


@pytest.mark.parametrize("start", [0, 1, 2_999_999, 3_000_000, 3_000_001])
def test_stream_may_leave_out_the_first_bytes(store: ObjectStore, start: int) -> None:
    data = bytes(range(256)) * 11_718 + bytes(192)
    store.put("large", data)
    assert b"".join(store.stream("large", start=start)) == data[start:]


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 1), (0, 3_000_000), (7, 7), (9, 3), (5, 2_000_001), (2_999_990, 4_000_000)]
)
def test_stream_may_end_early(store: ObjectStore, start: int, stop: int) -> None:
    data = bytes(range(256)) * 11_718 + bytes(192)
    store.put("large", data)
    assert b"".join(store.stream("large", start=start, stop=stop)) == data[start:stop]


def test_an_object_is_a_file_that_can_be_read_from_any_place(store: ObjectStore) -> None:
    data = bytes(range(256)) * 8_000
    store.put("table", data)
    with open_object(store, "table", size=len(data)) as file:
        assert file.seek(-4, io.SEEK_END) == len(data) - 4
        assert file.read() == data[-4:]
        assert file.seek(1_500_000) == 1_500_000
        assert file.read(1_000_000) == data[1_500_000:]
        assert file.read(1) == b""
        assert file.seek(10) == 10
        assert file.seek(5, io.SEEK_CUR) == 15
        assert file.read(3) == data[15:18]


def test_leaving_out_bytes_of_what_is_not_there_is_a_clear_error(store: ObjectStore) -> None:
    with pytest.raises(ObjectNotFound, match="nothing"):
        list(store.stream("nothing", start=1))


def test_a_digest_that_differs_leaves_no_file(store: ObjectStore, tmp_path: Path) -> None:
    store.put("a", b"damaged")
    target = tmp_path / "folder" / "download"
    target.parent.mkdir()
    with pytest.raises(Corrupt, match=digest(b"damaged")):
        store.get_file("a", target, sha256=digest(b"sound"))
    assert list(target.parent.iterdir()) == []


def test_a_digest_that_differs_leaves_the_old_file(store: ObjectStore, tmp_path: Path) -> None:
    store.put("a", b"damaged")
    target = tmp_path / "download"
    target.write_bytes(b"sound")
    with pytest.raises(Corrupt):
        store.get_file("a", target, sha256=digest(b"sound"))
    assert target.read_bytes() == b"sound"
