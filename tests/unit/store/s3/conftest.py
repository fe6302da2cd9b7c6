"""An S3 server of its own, and stores in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from store.s3.options import S3Options
from store.s3.s3_store import S3Store
from tests.services.moto_server import MotoServer, moto_server

BUCKET = "unit-tests"
SECRET = "hush-hush-hush"


@pytest.fixture(scope="module")
def server() -> Iterator[MotoServer]:
    with moto_server() as started:
        started.create_bucket(BUCKET)
        yield started


def open_bucket(options: S3Options, bucket: str = BUCKET) -> S3Store:
    return S3Store(bucket, uuid.uuid4().hex, options=options)


def through_port(server: MotoServer, port: int) -> S3Options:
    return replace(server.options, endpoint_url=f"http://127.0.0.1:{port}")
