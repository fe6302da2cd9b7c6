"""What every object store promises, asked of each of them."""

from __future__ import annotations

import hashlib
import io
import itertools
import threading
import tracemalloc
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.errors import Corrupt, ObjectExists, ObjectNotFound
from store.base import ObjectInfo, ObjectStore
from store.key import InvalidKey
from store.memory import MemoryStore
from store.object_file import open_object
from store.s3.s3_store import S3Store

LARGE_BYTES = 30 << 20
FEW_BYTES = 8 << 20
RACERS = 8

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

segments = st.text(alphabet="ab.-+ %é花", min_size=1, max_size=3).filter(lambda text: text[0] != ".")
keys = st.lists(segments, min_size=1, max_size=3).map("/".join)


def is_folder_of_another(key: str, others: set[str]) -> bool:
    return any(other.startswith(f"{key}/") for other in others)


key_sets = st.sets(keys, max_size=12).map(
    lambda found: sorted(key for key in found if not is_folder_of_another(key, found))
)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.bin"
    with path.open("wb") as file:
        for number in range(LARGE_BYTES >> 20):
            file.write(hashlib.shake_256(bytes([number])).digest(1 << 20))
    return path


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


def test_a_key_is_free_again_when_all_below_it_is_gone(store: ObjectStore) -> None:
    store.put("a/b/c", b"")
    store.delete("a/b/c")
    store.put("a", b"petal")
    assert store.get("a") == b"petal"


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
