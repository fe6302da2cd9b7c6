"""Lets steps out of the windows of jobs into a queue, so few at a time that the order can still change."""

from __future__ import annotations

from dispatch.step_queue import StepQueue
from dispatch.turns.lines import Lines
from dispatch.turns.shared_rules import Rules

AT_HAND = 2
"""Messages that a queue holds: their order can no longer change, so there are just enough to keep workers busy."""


class Dispatcher:
    """Sends the steps that are next."""

    def __init__(self, lines: Lines, queue: StepQueue) -> None:
        self._lines = lines
        self._queue = queue

    def fill(self, queue: str, rules: Rules, *, window_size: int) -> None:
        """Send as many messages as the queue should hold.

        Args:
            queue: which; one that is paused gets nothing.
            rules: what is paused, and the weights.
            window_size: steps that a job may have out.
        """
        if queue in rules.pauses or self._lines.messages(queue) >= AT_HAND:
            return
        with self._lines.alone(queue) as alone:
            if alone:
                self._fill(queue, rules, window_size)

    def _fill(self, queue: str, rules: Rules, window_size: int) -> None:
        for _ in range(AT_HAND - self._lines.messages(queue)):
            step = self._lines.take(queue, rules.weights, window=window_size)
            if step is None:
                return
            self._queue.enqueue(*step)
