"""Children that do not outlive a killed supervisor (Linux: ``prctl(2)``, PR_SET_PDEATHSIG)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def exit_with_parent() -> Callable[[], None] | None:
    """What a child has to call between fork and exec; None where the system has no such thing.

    It asks for SIGTERM at the death of the thread that starts the child: start children from the main thread.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before it was asked for
            os.kill(os.getpid(), signal.SIGTERM)

    return in_child
