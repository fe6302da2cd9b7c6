"""Bytes that were damaged on the way, or where they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jobs.errors import Corrupt, ObjectNotFound, StoreUnavailable
from store.s3.client import create_client
from store.s3.errors import s3_errors
from tests.services.faulty_s3 import SOUND, FaultyS3, faulty_s3
from tests.services.moto_server import MotoServer
from tests.unit.store.s3.conftest import BUCKET, open_bucket, through_port


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
