"""Programs that tests start and that pip does not bring."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str, package: str) -> str:
    """Where a program is; without it the test is skipped, and fails in CI.

    Args:
        name: of the program.
        package: of Debian, that brings it.
    """
    found = shutil.which(name)
    if found is None:
        missing = f"there is no {name} on the PATH (Debian: apt-get install {package})"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found
