"""The API as a process: with the store or the broker down it says in one line which, and where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.services.ports import free_port
from tests.services.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[3]


def start(**settings: str) -> subprocess.CompletedProcess[str]:
    """Start the API, which is to end by itself."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    return subprocess.run(
        [sys.executable, "-m", "api.main"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def assert_one_line(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    assert ended.returncode != 0
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("florescope api cannot start: ")
    for word in words:
        assert word in lines[0]


def test_a_broker_that_is_down_is_named_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    ended = start(FLORESCOPE_STORE_URL=tmp_path.as_uri(), FLORESCOPE_REDIS_URL=f"redis://:hush@127.0.0.1:{port}/0")
    assert_one_line(ended, "broker", f"127.0.0.1:{port}")
    assert "hush" not in ended.stderr


def test_a_store_that_is_down_is_named(shared_redis: RedisServer) -> None:
    port = free_port()
    ended = start(
        FLORESCOPE_STORE_URL="s3://flowers",
        FLORESCOPE_S3_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        FLORESCOPE_S3_ACCESS_KEY_ID="key",
        FLORESCOPE_S3_SECRET_ACCESS_KEY="hush",
        FLORESCOPE_REDIS_URL=shared_redis.url,
    )
    assert_one_line(ended, "object store s3://flowers", f"127.0.0.1:{port}")
    assert "hush" not in ended.stderr


def test_both_are_named_where_both_are_down() -> None:
    port = free_port()
    ended = start(FLORESCOPE_STORE_URL="file:///proc/flowers", FLORESCOPE_REDIS_URL=f"redis://127.0.0.1:{port}/0")
    assert_one_line(ended, "object store file:///proc/flowers", f"127.0.0.1:{port}")


def test_a_setting_that_cannot_be_is_named() -> None:
    assert_one_line(start(FLORESCOPE_STORE_URL="gs://flowers"), "gs://flowers", "expected file:///directory")
    ended = start(FLORESCOPE_API_PORT="http")
    assert_one_line(ended, "FLORESCOPE_API_PORT in the environment is 'http'")


def test_an_api_for_others_that_asks_nobody_is_refused_with_what_mends_it() -> None:
    ended = start(FLORESCOPE_HOST="0.0.0.0")
    assert_one_line(ended, "FLORESCOPE_HOST is '0.0.0.0'", "FLORESCOPE_IDENTITY=keys", "florescope keys create")


def test_a_file_of_certificates_that_is_not_there_is_named(tmp_path: Path, shared_redis: RedisServer) -> None:
    ended = start(
        FLORESCOPE_STORE_URL=tmp_path.as_uri(),
        FLORESCOPE_REDIS_URL=shared_redis.url,
        FLORESCOPE_S3_CA_FILE=str(tmp_path / "missing.pem"),
    )
    assert_one_line(ended, "FLORESCOPE_S3_CA_FILE", "missing.pem", "does not point to a file")
