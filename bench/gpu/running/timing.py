"""Times a program: with its arguments on the device, and with what a worker copies to and fro for each batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.gpu.program import Array, Program
from bench.gpu.running.executable import Executable


class Runs:
    """Runs a program over and over; what one run updates is given to the next, as in a training.

    Args:
        program: what is run.
        executable: the same, compiled.
        arguments: on the host, of which the first ``inputs`` are copied for each batch.
        inputs: the others are variables, which stay on the device.
    """

    def __init__(self, program: Program, executable: Executable, arguments: Sequence[Array], *, inputs: int) -> None:
        self._updated, self._executable = program.updated, executable
        self._host = list(arguments[:inputs])
        self._placed = executable.put(arguments)

    def run(self) -> list[Any]:
        """One run; the results, which are still on the device."""
        results = self._executable(self._placed)
        own = len(results) - len(self._updated)
        for position, updated in zip(self._updated, results[own:], strict=True):
            self._placed[position] = updated
        return results

    def run_with_copies(self) -> list[Array]:
        """One run of inputs that come from the host; its results, less what it updates, on the host."""
        self._placed[: len(self._host)] = self._executable.put(self._host)
        results = self.run()
        return [np.asarray(each) for each in results[: len(results) - len(self._updated)]]


def seconds(work: Callable[[], object], calls: int) -> dict[str, float]:
    """The median and the range of some calls, after one that is not counted."""
    work()
    times = []
    for _ in range(calls):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return {"median": float(np.median(times)), "least": min(times), "most": max(times), "calls": float(calls)}
