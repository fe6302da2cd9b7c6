"""Programs that tests start and that pip does not bring."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def program(name: str, package: str) -> str:
    """Where a program is; without it the test is skipped, and fails in CI.

    Args:
        name: of the program.
        package: of Debian, that brings it.
    """
    return shutil.which(name) or unavailable(f"there is no {name} on the PATH (Debian: apt-get install {package})")


def unavailable(reason: str) -> NoReturn:
    """Skip the test for this reason; in CI, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
