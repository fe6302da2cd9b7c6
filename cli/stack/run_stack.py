"""Runs a stack as a context manager."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from cli.exit_code import ExitCode
from cli.stack.folder_lock import folder_lock
from cli.stack.layout import Layout
from cli.stack.services import stack_services
from cli.stack.supervisor import Supervisor


@contextmanager
def running_stack(layout: Layout, *, grace_s: float, say: Callable[[str], None]) -> Iterator[Supervisor]:
    """Start the stack, yield its supervisor when all services are ready, and stop it at the end.

    Raises:
        StackFailed: it could not be started.
    """
    supervisor = Supervisor(log_folder=layout.log_folder, grace_s=grace_s, say=say)
    with exit_on_signals(), folder_lock(layout.folder), supervisor:
        say("starting ...")
        supervisor.start(stack_services(layout))
        yield supervisor


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """Make SIGTERM and SIGHUP raise an exception, as Ctrl-C does, so that child processes are stopped."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(ExitCode.TERMINATED)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
