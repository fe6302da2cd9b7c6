from __future__ import annotations

import os
import pickle
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jobs.errors import ObjectNotFound
from store.s3.s3_store import S3Store
from tests.services.moto_server import MotoServer
from tests.unit.store.s3.conftest import open_bucket


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


def test_a_server_that_misses_what_is_to_be_deleted_is_no_error(
    server: MotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_bucket(server.options)

    def missing(**_: Any) -> None:
        said: Any = {"Error": {"Code": "NoSuchKey"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
        raise ClientError(said, "DeleteObject")

    monkeypatch.setattr(store._pool.client(), "delete_object", missing)
    store.delete("a")
