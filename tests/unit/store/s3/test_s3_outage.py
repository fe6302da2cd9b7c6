"""What cannot be reached or is refused is said in one line."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.errors import StoreUnavailable
from store.s3.options import S3Options
from store.s3.s3_store import S3Store
from tests.services.moto_server import MotoServer, moto_server
from tests.unit.store.s3.conftest import BUCKET, SECRET, open_bucket


def assert_one_line_that_names(store: S3Store, reason: str) -> None:
    with pytest.raises(StoreUnavailable, match=reason) as failure:
        store.self_test()
    message = str(failure.value)
    assert "\n" not in message
    assert store.url in message
    assert SECRET not in message


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


def test_a_look_at_a_bucket_that_is_not_there_says_so(server: MotoServer) -> None:
    with pytest.raises(StoreUnavailable, match="no such bucket"):
        open_bucket(server.options, bucket="nothing").ping()
