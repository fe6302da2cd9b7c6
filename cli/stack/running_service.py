"""One started service: a process group of its own."""

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
    """The child leads a session, so that its whole family can be ended by the group's id."""

    service: Service
    log: LogFile
    process: subprocess.Popen[bytes]

    def exit_reason(self) -> str | None:
        """How the child ended, in words; None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def ask_to_stop(self) -> None:
        """SIGTERM to the child, which tells its own children in its own way."""
        self.process.terminate()

    def wait(self, *, deadline: float) -> bool:
        """Whether the child ended before ``deadline`` (of ``time.monotonic``)."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        return self.process.poll() is not None

    def kill(self) -> None:
        """SIGKILL to all that is left of the group, and wait for the child."""
        with suppress(ProcessLookupError, PermissionError):  # nothing of it is left (macOS says the latter)
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
