"""What says where the API is and who asks: what can be neither is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from florescope.client import Client
from florescope.errors import InvalidAddress, InvalidIdentity


def test_a_key_that_was_read_from_a_file_keeps_no_line_break(api: Any) -> None:
    with Client(api.url, api_key="flo_secret\n") as client:
        client.submit({"kind": "train"})
    assert api.logins == ["Bearer flo_secret"]


@pytest.mark.parametrize("key", ["flö", "flo\nsecret", "flo\x00"])
def test_what_can_be_no_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(InvalidIdentity) as refused:
        Client("http://127.0.0.1:8000", api_key=key)
    assert key not in str(refused.value)


def test_what_can_be_no_project_is_named() -> None:
    with pytest.raises(InvalidIdentity, match="Blüten"):
        Client("http://127.0.0.1:8000", project="Blüten")


@pytest.mark.parametrize(
    "address",
    [
        "http://xn--:80",
        f"http://{'a' * 70}.example",
        "http://host:99999",
        "http://host:80/?page=1",
        "http://host/#jobs",
    ],
)
def test_an_address_of_no_server_is_refused(address: str) -> None:
    with pytest.raises(InvalidAddress, match="expected for example http://host:8000"):
        Client(address)


def test_blanks_around_an_address_do_no_harm(api: Any) -> None:
    with Client(f" {api.url}\n") as client:
        assert client.job("j1").over
