"""One service of a stack, started again whenever it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.errors import StackFailed
from cli.stack.running_service import RunningService, start
from cli.stack.service import Service


@dataclass(frozen=True)
class RestartRules:
    """How long to wait before a service that ended is started again, and when to give up.

    Attributes:
        first_pause_s: before the first start; each further pause is twice as long.
        longest_pause_s: no pause is longer.
        well_after_s: a service that ran for so long is well: the next pause is the first again.
        early_s: a service that ends within so long has not really started.
        early_deaths: a service that never ran longer than ``early_s`` is given up after so many starts.
    """

    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    well_after_s: float = 60.0
    early_s: float = 15.0
    early_deaths: int = 5


RULES = RestartRules()


class Supervised:
    """A service that was started, and whatever process of it runs now."""

    def __init__(self, service: Service, *, log_folder: Path, rules: RestartRules, say: Callable[[str], None]) -> None:
        self.service = service
        self._log_folder = log_folder
        self._rules = rules
        self._say = say
        self._pause_s = rules.first_pause_s
        self._early_deaths = 0
        self._has_run = False
        self._due_at: float | None = None
        self._started_at = time.monotonic()
        self.running: RunningService = start(service, log_folder=log_folder)

    def check(self) -> None:
        """See whether it runs; where it ended, have it started again, once its pause is over.

        Raises:
            StackFailed: it has never run, and was started often enough; quotes its last lines.
        """
        now = time.monotonic()
        if self._due_at is not None:
            if now >= self._due_at:
                self._start_again(now)
            return
        death = self.running.exit_reason()
        self._has_run = self._has_run or now - self._started_at >= self._rules.early_s
        if death is not None:
            self._bury(death, now)

    def _bury(self, death: str, now: float) -> None:
        self.running.kill()  # what the child may have left behind would be in the way of the next one
        name, ran_s = self.service.name, now - self._started_at
        self._early_deaths += 1
        if not self._has_run and self._early_deaths >= self._rules.early_deaths:
            raise StackFailed(f"{name} {death}, as after each of {self._early_deaths} starts; {quote(self.running)}")
        if ran_s >= self._rules.well_after_s:
            self._pause_s = self._rules.first_pause_s
        self._say(f"{name} {death}: it is started again in {self._pause_s:g} s (its log is {self.running.log.path})")
        self._postpone(now)

    def _postpone(self, now: float) -> None:
        self._due_at = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, self._rules.longest_pause_s)

    def _start_again(self, now: float) -> None:
        try:
            self.running = start(self.service, log_folder=self._log_folder)
        except OSError as error:  # no memory for a further process, or a program that is being replaced
            self._say(f"{self.service.name} cannot be started: {error}; it is tried again in {self._pause_s:g} s")
            self._postpone(now)
            return
        self._due_at, self._started_at = None, now


def quote(running: RunningService) -> str:
    """Where the log of a service is, and how it ends."""
    tail = running.log.tail()
    lines = "".join(f"\n  | {line}" for line in tail.splitlines())
    return f"the end of {running.log.path}:{lines}" if lines else f"{running.log.path} is empty"
