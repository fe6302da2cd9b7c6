"""Lets steps out of the windows of jobs into a queue, so few at a time that the order can still change."""

from __future__ import annotations

from itertools import islice

from dispatch.step_queue import StepQueue
from dispatch.turns.line_order import flows_of
from dispatch.turns.lines import Lines
from dispatch.turns.live_turns import LiveTurns
from dispatch.turns.shared_rules import Rules
from dispatch.window import Windows
from jobs.turns.fair_order import FairOrder

AT_HAND = 2
"""Messages that lie in a queue: what is in there can no longer be overtaken, and workers must not run dry."""


class Dispatcher:
    """Decides whose step is next."""

    def __init__(self, lines: Lines, turns: LiveTurns, windows: Windows, queue: StepQueue) -> None:
        self._lines = lines
        self._turns = turns
        self._windows = windows
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
        line = self._lines.read(queue)
        room = AT_HAND - line.messages
        if room <= 0 or not line.jobs:
            return
        turns = self._turns.of(job.job_id for job in line.jobs)
        order = FairOrder(flows_of(line, turns, window_size=window_size), rules.weights, line.tags)
        taken = list(islice(order, room))
        self._lines.note(queue, order.changed)
        for job_id in taken:
            for step in self._windows.advance(job_id, size=window_size, most=1).enqueue:
                self._queue.enqueue(job_id, step)
