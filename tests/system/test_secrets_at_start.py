"""Files of secrets and of certificates that are of no use: each process names its file and ends; mended, it starts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.services.redis_server import redis_server
from tests.services.stack import COMMANDS, Stack

LIMIT_S = 120
PASSWORD = "hush"
SETTING = "FLORESCOPE_REDIS_PASSWORD"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Of which nothing runs but a Redis with a password; the folder of secrets is empty."""
    folder = tmp_path_factory.mktemp("secrets")
    with redis_server(folder, requirepass=PASSWORD) as server:
        place = folder / "secrets"
        place.mkdir()
        told = {"FLORESCOPE_SECRETS_DIR": str(place), "FLORESCOPE_REDIS_URL": f"redis://127.0.0.1:{server.port}/0"}
        yield Stack(folder, server, settings=told, commands={**COMMANDS, "up": ("florescope", "up")})


@pytest.fixture
def secret(stack: Stack) -> Iterator[Path]:
    """The file of Redis' password, which is not there yet."""
    path = stack.folder / "secrets" / "florescope_redis_password"
    yield path
    path.unlink(missing_ok=True)


def last_words(stack: Stack, name: str) -> str:
    """The last line of a process that is to end by itself, and not with success."""
    log = stack.folder / f"{name}.log"
    log.unlink(missing_ok=True)
    stack.start(name)
    try:
        assert stack.processes.pop(name).wait(LIMIT_S) != 0
    finally:
        if name in stack.processes:
            stack.kill(name)
    return log.read_text().splitlines()[-1]


@pytest.mark.parametrize("name", ["api", "worker", "light", "beat", "flower"])
def test_a_password_that_is_missing_or_cannot_be_read_is_named(stack: Stack, secret: Path, name: str) -> None:
    words = last_words(stack, name)
    assert "cannot start" in words
    assert f"another password than {SETTING}, or the file {secret.name} in FLORESCOPE_SECRETS_DIR" in words
    secret.symlink_to("/proc/self/mem")  # which nobody can read from its beginning, whoever runs this
    words = last_words(stack, name)
    assert "cannot start" in words
    assert SETTING in words
    assert f"{secret}, cannot be read" in words


def test_an_empty_file_is_named(stack: Stack, secret: Path) -> None:
    secret.write_text("\n")
    assert f"the file of {SETTING}, {secret}, is empty" in last_words(stack, "beat")
    assert f"the file of {SETTING}, {secret}, is empty" in last_words(stack, "up")


def test_a_file_of_certificates_without_any_is_named(stack: Stack, secret: Path) -> None:
    secret.write_text(PASSWORD)
    path = stack.folder / "empty.pem"
    path.touch()
    stack.settings["FLORESCOPE_S3_CA_FILE"] = str(path)
    words = last_words(stack, "light")
    del stack.settings["FLORESCOPE_S3_CA_FILE"]
    assert f"FLORESCOPE_S3_CA_FILE in the environment is '{path}'" in words


def test_flower_does_not_start_for_others_without_a_password(stack: Stack, secret: Path) -> None:
    secret.write_text(PASSWORD)
    stack.settings["FLORESCOPE_HOST"] = "0.0.0.0"
    words = last_words(stack, "flower")
    del stack.settings["FLORESCOPE_HOST"]
    assert "FLORESCOPE_FLOWER_PASSWORD in the environment or the file" in words


def test_once_the_file_is_mended_a_process_starts(stack: Stack, secret: Path) -> None:
    secret.write_text(PASSWORD)
    stack.start("api")
    try:
        assert answers(f"{stack.url}/readyz")
    finally:
        stack.kill("api")


def answers(address: str) -> bool:
    """Whether somebody answers there within the limit."""
    for _ in range(LIMIT_S * 5):
        with suppress(httpx.TransportError):
            return httpx.get(address, timeout=30).status_code == 200
        time.sleep(0.2)
    return False
