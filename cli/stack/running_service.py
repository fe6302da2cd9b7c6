"""Starts and stops one service in its own process group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cli.stack.log_file import LogFile, log_file
from cli.stack.parent_death import exit_with_parent
from cli.stack.service import Service


@dataclass(frozen=True)
class RunningService:
    """A started service; it leads its own session, so that all its descendants can be killed by the group's id."""

    service: Service
    log: LogFile
    process: subprocess.Popen[bytes]

    def exit_reason(self) -> str | None:
        """How the process ended, as text; None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process, which stops its own children itself."""
        self.process.terminate()

    def wait(self, *, deadline: float) -> bool:
        """Whether the process ended before ``deadline`` (of ``time.monotonic``)."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        return self.process.poll() is not None

    def kill(self) -> None:
        """Send SIGKILL to the whole group, and wait for the process."""
        with suppress(ProcessLookupError, PermissionError):  # the group has ended (macOS raises the latter)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(service: Service, *, log_folder: Path) -> RunningService:
    """Start the service; its output goes to its log file.

    Raises:
        OSError: the program cannot be executed.
    """
    log = log_file(log_folder, service.name)
    with log.appending() as output:
        process = subprocess.Popen(
            service.command,
            env=dict(service.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=exit_with_parent(),  # noqa: PLW1509  (it calls prctl(2) and kill(2), which wait for no lock)
        )
    return RunningService(service, log, process)
