"""Workers whose clocks are minutes apart from each other's and from that of Redis."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.onlooker import Onlooker, assert_kept
from tests.faults.test_processes import at_work_on
from tests.services.light_stack import FaultyStack

pytestmark = pytest.mark.kill
WRONG_BY_S = {"worker": "-300", "worker-2": "300", "light": "300", "finalize": "-300"}


@pytest.fixture(scope="module")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a process is told to have a clock of its own."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("a clock is set apart by a library that is preloaded: needs Linux and a C compiler (cc)")
    library = tmp_path_factory.mktemp("clock") / "wrong_clock.so"
    source = Path(__file__).with_name("wrong_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}


@pytest.fixture
def skewed(faulty: FaultyStack, preloaded: dict[str, str]) -> Iterator[FaultyStack]:
    stack, settings = faulty.stack, dict(faulty.stack.settings)
    for name, seconds in WRONG_BY_S.items():
        stack.kill(name)
        stack.settings = {**settings, **preloaded, "WRONG_BY_S": seconds}
        stack.start(name)
    stack.settings = settings
    yield faulty
    for name in WRONG_BY_S:
        stack.kill(name)
        stack.start(name)


def test_a_step_whose_worker_is_killed_goes_on_at_one_with_another_clock(
    skewed: FaultyStack, onlooker: Onlooker, preloaded: dict[str, str]
) -> None:
    command = [sys.executable, "-c", "import time; print(time.time())"]
    told = subprocess.run(
        command, env={**os.environ, **preloaded, "WRONG_BY_S": "300"}, capture_output=True, check=True
    )
    assert 200 < float(told.stdout) - time.time() <= 300
    name, _ = at_work_on(onlooker.submit(16, image_ms=400), skewed.stack)
    assert skewed.stack.kill_child(name)
    assert_kept(onlooker)
