"""``florescope keys`` straight in the object store, as for the first key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.exit_code import ExitCode
from dispatch.identity.key_ring import read_key
from jobs.identity.role import Role
from store.local import LocalStore

Run = Callable[..., Any]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("FLORESCOPE_API_KEY", raising=False)
    return (tmp_path / "store").as_uri()


def test_the_first_key_is_made_in_the_store(florescope: Run, place: str, tmp_path: Path) -> None:
    ran = florescope("keys", "create", "anna", "--role", "admin", "--project", "*", "--store", place)
    assert ran.code == ExitCode.OK
    mark, key_id, secret = ran.out.strip().split("_", 2)
    stored = read_key(key_id, LocalStore(tmp_path / "store"))
    assert (mark, stored.name, stored.role, stored.projects) == ("fsk", "anna", Role.ADMIN, ("*",))
    assert stored.has_secret(secret)
    assert "it is not shown again" in ran.err


def test_a_key_expires_unless_it_is_said_that_it_does_not(florescope: Run, place: str) -> None:
    made = [
        json.loads(florescope("keys", "create", "ben", *days, "--store", place, "--json").out)
        for days in ((), ("--days", "0"))
    ]
    assert [each["expires_at"] is None for each in made] == [False, True]


def test_keys_are_listed_and_revoked(florescope: Run, place: str) -> None:
    made = json.loads(florescope("keys", "create", "ben", "--active-jobs", "4", "--store", place, "--json").out)
    assert florescope("keys", "revoke", made["id"], "--store", place).out == f"revoked: {made['id']} of ben\n"
    ran = florescope("keys", "list", "--store", place)
    assert all(words in ran.out for words in (made["id"], "submitter", "revoked", "active_jobs 4"))
    listed = json.loads(florescope("keys", "list", "--store", place, "--json").out)["items"]
    assert not {"secret_sha256", "key"} & set(listed[0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "ben", "--role", "king"), "role 'king': expected viewer, submitter, operator, admin"),
        (("create", "ben", "--project", "Rose"), "projects: 'Rose': expected "),
        (("create", "a\nb"), "expected a name in one line"),
        (("create", ""), "name"),
        (("revoke", "0" * 16), "there is no key"),
        (("revoke", "../x"), "../x"),
    ],
)
def test_what_cannot_be_is_wrong_usage(florescope: Run, place: str, words: tuple[str, ...], said: str) -> None:
    ran = florescope("keys", *words, "--store", place)
    assert ran.code == ExitCode.USAGE
    assert said in ran.err


@pytest.mark.parametrize("weight", ["nan", "inf"])
def test_a_weight_that_is_no_number_is_refused_here(florescope: Run, weight: str) -> None:
    ran = florescope("keys", "weight", "rose", weight)
    assert ran.code == ExitCode.USAGE
    assert "expected a finite number" in ran.err
