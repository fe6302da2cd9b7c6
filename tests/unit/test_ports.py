"""The ports that services of tests are given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import ports

ROOT = Path(__file__).parents[2]
DRAW_ONE_OF = "from tests.services import ports; ports.GIVEN_OUT = range({}, {}); print(ports.free_port())"


def test_no_two_are_the_same_although_nobody_listens_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "GIVEN_OUT", range(32_000, 32_004))
    assert len({ports.free_port() for _ in range(3)}) == 3


def test_another_process_is_given_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "GIVEN_OUT", range(32_010, 32_011))
    assert ports.free_port() == 32_010
    program = [sys.executable, "-c", DRAW_ONE_OF.format(32_010, 32_012)]
    drawn = {subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout for _ in range(4)}
    assert drawn == {"32011\n"}
