from __future__ import annotations

import hashlib
import os
import pickle
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jobs.errors import Corrupt, ObjectExists, ObjectNotFound, StoreUnavailable
from store.s3.client import create_client
from store.s3.errors import s3_errors
from store.s3.options import S3Options
from store.s3.s3_store import S3Store
from tests.services.breaking_proxy import breaking_proxy
from tests.services.faulty_s3 import SOUND, FaultyS3, faulty_s3
from tests.services.moto_server import MotoServer, moto_server

BUCKET = "unit-tests"
SECRET = "hush-hush-hush"
WHOLE = 1 << 40


@pytest.fixture(scope="module")
def server() -> Iterator[MotoServer]:
    with moto_server() as started:
        started.create_bucket(BUCKET)
        yield started


def open_bucket(options: S3Options, bucket: str = BUCKET) -> S3Store:
    return S3Store(bucket, uuid.uuid4().hex, options=options)


def through_port(server: MotoServer, port: int) -> S3Options:
    return replace(server.options, endpoint_url=f"http://127.0.0.1:{port}")


def assert_one_line_that_names(store: S3Store, reason: str) -> None:
    with pytest.raises(StoreUnavailable, match=reason) as failure:
        store.self_test()
    message = str(failure.value)
    assert "\n" not in message
    assert store.url in message
    assert SECRET not in message


def test_head_knows_the_sha256_of_what_was_written_here(server: MotoServer, tmp_path: Path) -> None:
    store = open_bucket(server.options)
    path = tmp_path / "file"
    path.write_bytes(b"petal")
    for info in (
        store.put("a", b"petal"),
        store.put("b", b"petal", if_absent=True),
        store.put_file("c", path),
    ):
        assert info.sha256 is not None
        assert store.head(info.key) == info


def test_the_start_up_check_finds_that_conditional_puts_are_honoured(server: MotoServer) -> None:
    store = open_bucket(server.options)
    store.self_test()
    assert store.conditional_put


def test_where_conditions_are_ignored_the_store_looks_first() -> None:
    with moto_server("--ignore-conditions") as server:
        server.create_bucket(BUCKET)
        store = open_bucket(server.options)
        store.self_test()
        assert not store.conditional_put
        store.put("a", b"first", if_absent=True)
        with pytest.raises(ObjectExists):
            store.put("a", b"second", if_absent=True)
        assert store.get("a") == b"first"
        assert [info.key for info in store.list("")] == ["a"]


def test_a_conflict_between_writers_is_tried_again() -> None:
    with moto_server("--conflicts", "3") as server:
        server.create_bucket(BUCKET)
        store = open_bucket(server.options)
        assert store.conditional_put  # takes the first conflict
        assert store.put("a", b"petal", if_absent=True).size == 5
        assert store.get("a") == b"petal"


def test_a_write_whose_answer_got_lost_is_still_ours(server: MotoServer) -> None:
    with breaking_proxy(server.port, answers_bytes=[WHOLE, WHOLE, WHOLE, 0]) as port:
        store = open_bucket(through_port(server, port))
        assert store.conditional_put  # three requests
        assert store.put("a", b"ours", if_absent=True).size == 4
        assert store.get("a") == b"ours"
        with pytest.raises(ObjectExists):
            store.put("a", b"ours", if_absent=True)


def test_a_read_that_breaks_off_is_taken_up_where_it_broke(server: MotoServer, tmp_path: Path) -> None:
    content = os.urandom(6 << 20)
    whole = open_bucket(server.options)
    info = whole.put("a", content)
    with breaking_proxy(server.port, answers_bytes=[3 << 20, 2 << 20, 100]) as port:
        broken = S3Store(BUCKET, whole.prefix, options=through_port(server, port))
        assert broken.get_file("a", tmp_path / "download", sha256=info.sha256) == info
    assert (tmp_path / "download").read_bytes() == content


def test_a_read_that_keeps_breaking_off_leaves_no_file(server: MotoServer, tmp_path: Path) -> None:
    whole = open_bucket(server.options)
    whole.put("a", bytes(1 << 20))
    with breaking_proxy(server.port, answers_bytes=[5000] * 9) as port:
        broken = S3Store(BUCKET, whole.prefix, options=through_port(server, port))
        with pytest.raises(StoreUnavailable, match="keeps breaking off in the middle of a"):
            broken.get_file("a", tmp_path / "download")
    assert list(tmp_path.iterdir()) == []


def test_an_answer_broken_off_anywhere_is_never_taken_for_a_whole_one(server: MotoServer) -> None:
    whole = open_bucket(server.options)
    whole.put("a", bytes(300))
    lengths = [length for length in range(20, 900, 23) for _ in ("get", "list")]
    with breaking_proxy(server.port, answers_bytes=lengths) as port:
        options = replace(through_port(server, port), max_attempts=1)
        broken = S3Store(BUCKET, whole.prefix, options=options)
        for _ in range(20, 900, 23):
            with suppress(StoreUnavailable):
                assert broken.get("a") == bytes(300)
            with suppress(StoreUnavailable):
                assert [info.key for info in broken.list("")] == ["a"]
        assert broken.get("a") == bytes(300)


def test_an_object_replaced_in_mid_read_is_not_read_half_and_half(server: MotoServer) -> None:
    whole = open_bucket(server.options)
    whole.put("a", b"1" * (3 << 20))
    with breaking_proxy(server.port, answers_bytes=[2 << 20]) as port:
        chunks = S3Store(BUCKET, whole.prefix, options=through_port(server, port)).stream("a")
        next(chunks)
        whole.put("a", b"2" * (3 << 20))
        with pytest.raises(StoreUnavailable, match="replaced while it was read"):
            list(chunks)


def test_a_bucket_name_that_cannot_be_is_said_in_one_line(server: MotoServer) -> None:
    assert_one_line_that_names(open_bucket(server.options, "not a bucket"), "cannot be")
    assert_one_line_that_names(open_bucket(server.options, "B"), "cannot be|no such bucket")


def test_a_missing_bucket_is_said_in_one_line(server: MotoServer) -> None:
    assert_one_line_that_names(open_bucket(server.options, "nobody-made-this"), "no such bucket")


def test_a_server_that_is_down_is_said_in_one_line() -> None:
    options = S3Options(
        endpoint_url="http://127.0.0.1:9",
        access_key_id="id",
        secret_access_key=SECRET,
        max_attempts=1,
    )
    assert_one_line_that_names(open_bucket(options), r"at 127.0.0.1:9 does not answer")


def test_wrong_credentials_are_said_in_one_line() -> None:
    with moto_server(free_requests=1) as server:
        server.create_bucket(BUCKET)
        options = replace(server.options, secret_access_key=SECRET)
        assert_one_line_that_names(open_bucket(options), "refuses these credentials")


def test_missing_credentials_are_said_in_one_line(
    server: MotoServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    store = open_bucket(S3Options(endpoint_url=server.endpoint_url))
    assert_one_line_that_names(store, "needs credentials")


def test_two_prefixes_of_one_bucket_do_not_see_each_other(server: MotoServer) -> None:
    one, other = open_bucket(server.options), open_bucket(server.options)
    one.put("a", b"petal")
    assert list(other.list("")) == []
    with pytest.raises(ObjectNotFound):
        other.get("a")


def test_a_link_ends_when_it_was_said_to(server: MotoServer) -> None:
    store = open_bucket(server.options)
    store.put("a", b"petal")
    url = store.presigned_url("a", expires_s=60)
    assert url is not None
    assert "X-Amz-Expires=60" in url
    assert str(server.options.secret_access_key) not in url
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
        assert answer.read() == b"petal"


def test_a_store_survives_pickling_without_its_connections(server: MotoServer) -> None:
    store = open_bucket(server.options)
    store.put("a", b"petal")
    copy = pickle.loads(pickle.dumps(store))  # noqa: S301
    assert copy.get("a") == b"petal"


def test_each_process_has_its_own_client(server: MotoServer, tmp_path: Path) -> None:
    store = open_bucket(server.options)
    store.put("a", b"petal")
    child = os.fork()
    if child == 0:
        (tmp_path / "said").write_bytes(store.get("a"))
        (tmp_path / "clients").write_text(str(len(store._pool._clients)))
        os._exit(0)
    os.waitpid(child, 0)
    assert (tmp_path / "said").read_bytes() == b"petal"
    assert (tmp_path / "clients").read_text() == "2"


def test_a_look_writes_nothing_and_forgets_nothing(server: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_bucket(server.options)
    store.self_test()
    monkeypatch.setattr(S3Store, "put", None)
    monkeypatch.setattr("store.s3.s3_store.honours_conditional_put", None)
    store.ping()
    assert store.conditional_put


def test_a_look_at_a_bucket_that_is_not_there_says_so(server: MotoServer) -> None:
    with pytest.raises(StoreUnavailable, match="no such bucket"):
        open_bucket(server.options, bucket="nothing").ping()


@pytest.fixture
def flipping(server: MotoServer) -> Iterator[FaultyS3]:
    with faulty_s3(server.port, seed=7) as proxy:
        yield proxy


def test_what_was_damaged_on_the_way_is_read_again(server: MotoServer, flipping: FaultyS3, tmp_path: Path) -> None:
    store = open_bucket(through_port(server, flipping.port))
    sent = store.put("a", b"petal" * 1000)
    flipping.rates = {"flips_answer": 0.15}
    for _ in range(20):
        assert store.get("a") == b"petal" * 1000
        assert store.get_file("a", tmp_path / "a") == sent
        assert (tmp_path / "a").read_bytes() == b"petal" * 1000
    assert flipping.happened["flips_answer"] >= 5


def test_what_is_damaged_where_it_lies_is_corrupt_however_it_is_read(server: MotoServer, tmp_path: Path) -> None:
    store = open_bucket(server.options)
    client = create_client(server.options)
    digest = hashlib.sha256(b"petal").hexdigest()
    client.put_object(Bucket=BUCKET, Key=f"{store.prefix}a", Body=b"pedal", Metadata={"sha256": digest})
    with pytest.raises(Corrupt, match=f"{digest} was written"):
        store.get("a")
    with pytest.raises(Corrupt, match="damaged"):
        store.get_file("a", tmp_path / "a")
    assert not (tmp_path / "a").exists()
    chunks = store.stream("a")
    assert next(chunks) == b"pedal"
    with pytest.raises(Corrupt):
        next(chunks)
    assert b"".join(store.stream("a", start=2)) == b"dal"


def test_an_object_that_another_program_wrote_has_no_digest_to_be_held_against(server: MotoServer) -> None:
    store = open_bucket(server.options)
    create_client(server.options).put_object(Bucket=BUCKET, Key=f"{store.prefix}a", Body=b"petal")
    assert store.get("a") == b"petal"


def test_what_did_not_arrive_as_it_was_sent_is_refused_and_may_be_sent_again(
    server: MotoServer, flipping: FaultyS3
) -> None:
    store = open_bucket(through_port(server, flipping.port))
    flipping.rates = {"flips_request": 1.0}
    with pytest.raises(StoreUnavailable, match="XAmzContentSHA256Mismatch"):
        store.put("a", b"petal")
    assert store.head("a") is None
    flipping.rates = SOUND
    store.put("a", b"petal")
    assert store.get("a") == b"petal"


def test_an_object_that_is_missing_and_an_answer_that_was_damaged_are_told_apart() -> None:
    def answer(word: str) -> ClientError:
        said: Any = {"Error": {"Code": word}, "ResponseMetadata": {"HTTPStatusCode": 404}}
        return ClientError(said, "GetObject")

    with pytest.raises(ObjectNotFound), s3_errors("a", "s3://here"):
        raise answer("NoSuchKey")
    with pytest.raises(StoreUnavailable, match="NkSuchKey"), s3_errors("a", "s3://here"):
        raise answer("NkSuchKey")
