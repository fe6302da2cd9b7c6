"""Runs a stack as a context manager."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from cli.exit_code import ExitCode
from cli.stack.folder_lock import folder_lock
from cli.stack.layout import Layout, make_private
from cli.stack.services import stack_services
from cli.stack.supervisor import Supervisor

_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def running_stack(layout: Layout, *, grace_s: float, say: Callable[[str], None]) -> Iterator[Supervisor]:
    """Start the stack, yield its supervisor when all services are ready, and stop it at the end.

    Raises:
        StackFailed: it could not be started.
    """
    supervisor = Supervisor(log_folder=layout.log_folder, grace_s=grace_s, say=say)
    with exit_on_signals(), folder_lock(layout.folder), supervisor:
        say("starting ...")
        make_private(layout)
        supervisor.start(stack_services(layout))
        yield supervisor


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP unwind the program, so that children are stopped.

    A shell has what it starts in the background ignore Ctrl-C; a SIGINT that is sent on purpose counts there too.
    Where SIGHUP is ignored, as under ``nohup``, it stays so.
    """

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(ExitCode.TERMINATED)

    handlers: dict[signal.Signals, _Handler] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: leave}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        handlers[signal.SIGHUP] = leave
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
