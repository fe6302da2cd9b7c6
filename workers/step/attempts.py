"""What a thread does again and again for as long as its owner lives, whatever goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import structlog

_log = structlog.get_logger(__name__)


class Attempts:
    """Runs actions that may fail. A kind of error is logged when it begins, not at every turn, and so is its end.

    Args:
        event: what the log calls a failure.
        about: what it is about, for the log.
    """

    def __init__(self, event: str, **about: str) -> None:
        self._event = event
        self._about = about
        self._failing: set[type[Exception]] = set()

    def run(self, action: Callable[[], object]) -> None:
        """Run an action that does no harm by failing; its next turn comes."""
        try:
            action()
        except Exception as error:  # noqa: BLE001  (a thread that ended would never come back)
            if type(error) not in self._failing:
                self._failing.add(type(error))
                _log.warning(self._event, **self._about, error=f"{type(error).__name__}: {error}")
            return
        if self._failing:
            self._failing.clear()
            _log.info(f"{self._event}_no_more", **self._about)
