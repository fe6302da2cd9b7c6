from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIGHT = "def test_light(): pass\n"
HEAVY = """
import multiprocessing, os, subprocess, keras

def test_tensorflow(): keras.Input((1,))
def test_program(): subprocess.run(["true"])
def test_child(): multiprocessing.get_context("spawn").Process(target=print).start()
def test_fork(): os.fork()
"""
BROWSING = """
import pytest
from tests.services.browser import browser_page

@pytest.fixture
def page():
    with browser_page() as page:
        yield page

@pytest.mark.browser
def test_page(page): page.set_content("rose")
"""


def fast_run(folder: Path, tests: str, *options: str) -> str:
    """What pytest says at the end."""
    (folder / "test_it.py").write_text(tests)
    pytest_here = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "--rootdir",
        str(folder),
        "--fast",
        "-q",
        *options,
    ]
    done = subprocess.run([*pytest_here, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    return f"exit {done.returncode}: {done.stdout.splitlines()[-1]}"


in_one_process_and_in_workers = pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["one process", "workers"])


@in_one_process_and_in_workers
def test_what_loads_tensorflow_starts_a_process_or_drives_a_browser_is_skipped(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert "exit 0: 1 passed, 5 skipped" in fast_run(tmp_path, LIGHT + HEAVY + BROWSING, *options)


@in_one_process_and_in_workers
def test_a_run_that_loaded_tensorflow_fails(tmp_path: Path, options: tuple[str, ...]) -> None:
    hidden = "import sys\ndef test_hidden(): sys.modules['tensorflow.python'] = sys\n"
    ended = fast_run(tmp_path, hidden, *options)
    assert ended.startswith("exit 1")
    assert "1 error" in ended
