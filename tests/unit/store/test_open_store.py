from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from store.local import LocalStore
from store.open_store import open_store
from store.s3.options import S3Options


def test_the_same_memory_name_is_the_same_store() -> None:
    assert open_store("memory://one") is open_store("memory://one")
    assert open_store("memory://one") is not open_store("memory://two")


@pytest.mark.parametrize("url", ["file://./var/store", "./var/store", "var/store"])
def test_a_relative_directory_becomes_absolute(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_store(url).url == (tmp_path / "var" / "store").as_uri()


def test_the_url_of_a_directory_opens_the_same_directory(tmp_path: Path) -> None:
    strange = LocalStore(tmp_path / "50% of ü +")
    strange.put("a", b"petal")
    assert open_store(strange.url).get("a") == b"petal"


def test_an_s3_url_names_bucket_and_prefix() -> None:
    assert open_store("s3://bucket/some/where/").url == "s3://bucket/some/where"
    assert open_store("s3://bucket").url == "s3://bucket"


@pytest.mark.parametrize("url", ["", "file://", "file://var/store", "s3://", "s3:///prefix", "gs://bucket"])
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="store URL"):
        open_store(url)


def test_the_secret_is_shown_nowhere() -> None:
    options = S3Options(endpoint_url="http://host:1", secret_access_key="hush")
    store = open_store("s3://bucket/prefix", s3=options)
    assert "hush" not in repr(options)
    assert "hush" not in f"{store!r} {store.url}"


@pytest.mark.parametrize("endpoint", ["host:9000", "ftp://host", "https://", "http://user:hush@host:9000"])
def test_an_endpoint_that_is_no_plain_address_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="S3 endpoint") as refusal:
        S3Options(endpoint_url=endpoint)
    assert "hush" not in str(refusal.value)


def test_boto3_is_loaded_only_for_s3() -> None:
    script = (
        "import sys; from store.open_store import open_store; open_store('memory://a'); open_store('./a');"
        "print([name for name in sys.modules if name.startswith('boto')])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
