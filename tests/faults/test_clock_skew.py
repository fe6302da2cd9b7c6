"""Workers whose clocks are minutes apart from each other's and from that of Redis, as in all tests of this stack."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.onlooker import Onlooker, assert_kept
from tests.faults.test_processes import at_work_on
from tests.services.light_stack import FaultyStack
from tests.services.wrong_clock import wrong_by, wrong_clock

pytestmark = pytest.mark.kill


def test_a_preloaded_process_has_a_clock_of_its_own(tmp_path: Path) -> None:
    library = wrong_clock(tmp_path)
    if library is None:
        pytest.skip("a process gets a clock of its own by a preloaded library: needs Linux and a C compiler (cc)")
    command = [sys.executable, "-c", "import time, datetime; print(time.time(), datetime.datetime.now().timestamp())"]
    told = subprocess.run(command, env={**os.environ, **wrong_by(300, library)}, capture_output=True, check=True)
    assert all(200 < float(word) - time.time() <= 300 for word in told.stdout.split())


@pytest.mark.usefixtures("beside_the_deaths")
def test_a_step_whose_worker_is_killed_goes_on_at_one_with_another_clock(
    faulty: FaultyStack, onlooker: Onlooker
) -> None:
    if not faulty.stack.own:
        pytest.skip("the workers have the machine's clock: needs Linux and a C compiler (cc)")
    name, _ = at_work_on(onlooker.submit(8, image_ms=400), faulty.stack)
    assert faulty.stack.kill_child(name)
    assert_kept(onlooker)
