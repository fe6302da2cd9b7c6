"""The soak itself: it prints its figures last, and leaves nothing behind, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.services.stack import ROOT

pytestmark = pytest.mark.kill
LIMIT_S = 240


def soak(folder: Path, *, minutes: float) -> subprocess.Popen[str]:
    """Start one, with a lease of a few seconds."""
    options = {"--minutes": minutes, "--seed": 7, "--lease-s": 4, "--folder": folder}
    words = [str(word) for option in options.items() for word in option]
    return subprocess.Popen(
        [sys.executable, "-m", "bench.soak.main", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_soak_prints_its_figures_last_and_ends_well_where_every_promise_was_kept(tmp_path: Path) -> None:
    with soak(tmp_path / "soak", minutes=0.2) as process:
        printed, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, printed + said
    found = json.loads(printed.splitlines()[-1])
    assert (found["violations"], found["broken"], found["seed"]) == (0, [], 7)
    assert min(found["jobs"], found["images"], found["faults"]) > 0
    assert {"recovery_leases_p95", "recoveries"} <= set(found)


def test_a_soak_that_is_interrupted_leaves_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "soak"
    with soak(folder, minutes=10) as process:
        deadline = time.monotonic() + LIMIT_S
        while not list(folder.glob("worker-2.log")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(started) >= 8
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT_S)
    assert process.returncode != 0
    _, left = psutil.wait_procs(started, timeout=LIMIT_S)  # what was killed may take a moment to be gone
    assert [each for each in left if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
