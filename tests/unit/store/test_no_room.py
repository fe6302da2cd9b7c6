"""A process that may open no further file: the store is away for it, and is back once it may."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.errors import Retryable
from store.local import LocalStore

USES: dict[str, Callable[[LocalStore], object]] = {
    "put": lambda store: store.put("a/new", b"new"),
    "put_file": lambda store: store.put_file("a/file", store.root / "a" / "key"),
    "get": lambda store: store.get("a/key"),
    "stream": lambda store: list(store.stream("a/key")),
    "get_file": lambda store: store.get_file("a/key", store.root.parent / "copy"),
    "list": lambda store: list(store.list("")),
    "flush": lambda store: store.flush(),
    "ping": lambda store: store.ping(),
    "self_test": lambda store: store.self_test(),
}


def _highest_descriptor() -> int:
    return max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())


@contextmanager
def no_further_file() -> Iterator[None]:
    """Have this process hold all files that it may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_highest_descriptor() + 8, hard))
    held = []
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("name", USES)
def test_too_many_open_files_are_an_outage(tmp_path: Path, name: str) -> None:
    store = LocalStore(tmp_path / "store")
    store.put("a/key", b"value")
    trouble = None
    with no_further_file():
        try:
            USES[name](store)
        except Exception as error:  # noqa: BLE001  (told only once pytest may open files again)
            trouble = error
    assert isinstance(trouble, Retryable), repr(trouble)
    USES[name](store)
    assert store.get("a/key") == b"value"
