"""``pytest --fast``: every test that neither loads TensorFlow nor starts a process.

No list says which these are. A test runs until it takes one of these steps, and is skipped there; those that are
marked ``browser`` are skipped before they begin.
"""

from __future__ import annotations

import multiprocessing.process
import sys
from typing import Any

import pytest

from tests.later_modules import call_before_loading, tensorflow_is_loaded

AT_LEAST = 900
"""So many tests must pass in a run of all of them."""
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"}
"""The ways to start a process, as Python's audit events name them."""
OF_LIBRARIES = {"fc-list", "uname"}
"""What Matplotlib and h5py ask about the machine, through a program that ends at once."""


class FastRun:
    """Counts what passed, and fails a run that is not what it claims to be."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._passed = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a test that drives a browser: Playwright would answer the skip at its start with an error of its own."""
        if item.get_closest_marker("browser"):
            pytest.skip("not in a fast run: drives a browser")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test that passed."""
        self._passed += report.when == "call" and report.passed

    def pytest_runtest_teardown(self) -> None:
        """Fail a test after which TensorFlow is loaded all the same."""
        if tensorflow_is_loaded():
            pytest.fail("TensorFlow is loaded, and in a fast run no test may use it")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a whole run in which too few tests passed: then many tests load TensorFlow or start a process."""
        if self._runs_all() and self._passed < AT_LEAST and not session.shouldstop and not session.testsfailed:
            raise pytest.UsageError(f"{self._passed} tests of the fast run passed; {AT_LEAST} or more should")

    def _runs_all(self) -> bool:
        option = self._config.option
        chosen = option.keyword or option.markexpr or option.collectonly or getattr(option, "lf", False)
        by_name = self._config.args_source is not pytest.Config.ArgsSource.TESTPATHS
        return not (chosen or by_name or hasattr(self._config, "workerinput"))


def begin(config: pytest.Config) -> None:
    """Make this pytest process skip tests where they load TensorFlow or start a process."""
    config.pluginmanager.register(FastRun(config))
    if not getattr(config.option, "numprocesses", None):  # else the workers run the tests
        call_before_loading(_no_tensorflow)
        sys.addaudithook(_no_process)
        multiprocessing.process.BaseProcess.start = _no_child  # type: ignore[assignment]


def _no_tensorflow(module: str) -> None:
    pytest.skip(f"not in a fast run: uses {module}")


def _no_process(event: str, arguments: tuple[Any, ...]) -> None:
    if event in STARTS and not OF_LIBRARIES.intersection(arguments[:1]):
        pytest.skip("not in a fast run: starts a process")


def _no_child(process: multiprocessing.process.BaseProcess) -> None:
    pytest.skip(f"not in a fast run: starts {process.name}")
