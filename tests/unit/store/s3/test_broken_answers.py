"""Answers that break off half way."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.errors import StoreUnavailable
from store.s3.s3_store import S3Store
from tests.services.breaking_proxy import breaking_proxy
from tests.services.moto_server import MotoServer
from tests.unit.store.s3.conftest import BUCKET, open_bucket, through_port


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
