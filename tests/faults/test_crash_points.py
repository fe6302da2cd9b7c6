"""A process may die before and after every write of a job's life: the next one ends the job as if nothing had been."""

from __future__ import annotations

import json
import subprocess

import pytest

pytestmark = [pytest.mark.kill, pytest.mark.timeout(900)]
LIMIT_S = 900


def test_a_job_ends_whole_after_a_death_at_any_of_its_writes(deaths_under_way: subprocess.Popen[str]) -> None:
    printed, said = deaths_under_way.communicate(timeout=LIMIT_S)
    assert deaths_under_way.returncode == 0, said
    found = json.loads(printed.splitlines()[-1])
    assert found["broken"] == {}, said
    writes = found["whole"]["store"]
    assert writes >= 15, "submission, plan, two pictures, two files of rows, two reports, seven at the end"
    assert found["deaths"]["store"] >= 2 * writes - 2
    assert found["deaths"]["redis"] >= 10
