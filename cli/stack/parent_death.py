"""Makes child processes end when their supervisor is killed (Linux: ``prctl(2)``, PR_SET_PDEATHSIG)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def exit_with_parent() -> Callable[[], None] | None:
    """A function for the child to call between fork and exec; None on systems other than Linux.

    It requests SIGTERM when the thread that started the child ends: start children from the main thread.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent ended before the signal was requested
            os.kill(os.getpid(), signal.SIGTERM)

    return in_child
