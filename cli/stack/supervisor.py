"""Starts services tier by tier, starts again those that end, and stops whatever it started."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from cli.errors import StackFailed
from cli.stack.ports import check_ports
from cli.stack.running_service import RunningService
from cli.stack.service import Service
from cli.stack.supervised import RULES, RestartRules, Supervised, quote

POLL_EVERY_S = 0.1
READY_WITHIN_S = 90.0
LONGEST_LOOK_S = 10.0
"""No look whether a service is ready takes longer; where it seems to, the machine or this process stood still."""


class Supervisor:
    """A context manager that stops all its services at the end, the last tier first.

    Use it from the main thread. At the end it asks the services to stop, waits ``grace_s`` seconds, then kills them;
    a second Ctrl-C or SIGTERM in that time kills them at once.
    """

    def __init__(
        self,
        *,
        log_folder: Path,
        grace_s: float,
        say: Callable[[str], None] = lambda _: None,
        rules: RestartRules = RULES,
    ) -> None:
        self._log_folder = log_folder
        self._grace_s = grace_s
        self._say = say
        self._rules = rules
        self._tiers: list[list[Supervised]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, tiers: Sequence[Sequence[Service]], *, ready_within_s: float = READY_WITHIN_S) -> None:
        """Start each tier and wait until it is ready, before the next one.

        Raises:
            StackFailed: a port is taken (then nothing was started), a program is missing, or a service cannot be
                started or was not ready in time.
        """
        check_ports(service for tier in tiers for service in tier)
        for tier in tiers:
            self._tiers.append([])
            for service in tier:
                self._start(service)
            for supervised in self._tiers[-1]:
                self._wait_until_ready(supervised, within_s=ready_within_s)

    def check(self) -> None:
        """See that all run; start again those that ended and whose pause is over.

        Raises:
            StackFailed: one cannot be started at all; names it, and quotes its last lines.
        """
        for tier in self._tiers:
            for supervised in tier:
                supervised.check()

    def watch(self) -> NoReturn:
        """Start services again that have ended, until the process is told to stop.

        Raises:
            StackFailed: a service cannot be started at all.
        """
        while True:
            self.check()
            time.sleep(POLL_EVERY_S)

    def process_ids(self) -> dict[str, int]:
        """Process id, which is also the process group id, by name of service."""
        return {running.service.name: running.process.pid for running in self._running()}

    def stop(self) -> None:
        """Stop all services; afterwards no process of any group is left."""
        if self._tiers:
            self._say("stopping ...")
        try:
            while self._tiers:
                self._stop_tier(self._tiers[-1])
                self._tiers.pop()
        except (KeyboardInterrupt, SystemExit):
            self._say("killing what is left")
            raise
        finally:
            for running in self._running():
                running.kill()
            self._tiers.clear()

    def _start(self, service: Service) -> None:
        try:
            started = Supervised(service, log_folder=self._log_folder, rules=self._rules, say=self._say)
        except OSError as error:
            raise StackFailed(f"{service.name} cannot be started: {service.command[0]}: {error}") from error
        self._tiers[-1].append(started)

    def _wait_until_ready(self, supervised: Supervised, *, within_s: float) -> None:
        """While a machine is suspended its services do not start either, so that time does not count."""
        ready, looked_at, waited_s = supervised.service.ready, time.monotonic(), 0.0
        while ready is not None and not ready():
            self.check()
            before, looked_at = looked_at, time.monotonic()
            waited_s += min(looked_at - before, LONGEST_LOOK_S)
            if waited_s > within_s:
                raise StackFailed(f"{supervised.service.name} is not ready in time; {quote(supervised.running)}")
            time.sleep(POLL_EVERY_S)
        self.check()

    def _stop_tier(self, tier: list[Supervised]) -> None:
        deadline = time.monotonic() + self._grace_s
        services = [supervised.running for supervised in tier]
        for running in services:
            running.ask_to_stop()
        for running in services:
            if not running.wait(deadline=deadline):
                self._say(f"{running.service.name} did not stop within {self._grace_s:g} s: killed")
            running.kill()  # also processes that the service may have left behind

    def _running(self) -> list[RunningService]:
        return [supervised.running for tier in self._tiers for supervised in tier]
