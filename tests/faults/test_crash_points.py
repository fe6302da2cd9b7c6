"""A process may die before and after every write of a job's life: the next one ends the job as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.redis_server import redis_server
from tests.services.stack import ROOT

pytestmark = [pytest.mark.kill, pytest.mark.timeout(900)]
LIMIT_S = 900


def test_a_job_ends_whole_after_a_death_at_any_of_its_writes(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.faults.crash_points", server.url, str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
            text=True,
            timeout=LIMIT_S,
        )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["broken"] == {}, ended.stderr
    writes = found["whole"]["store"]
    assert writes >= 15, "submission, plan, two pictures, two files of rows, two reports, seven at the end"
    assert found["deaths"]["store"] >= 2 * writes - 2
    assert found["deaths"]["redis"] >= 10
