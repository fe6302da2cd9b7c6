"""Submits the demo's two jobs through the API, and watches them together."""

from __future__ import annotations

import time
from collections.abc import Callable

from cli.demo.recipe import Recipe
from cli.display.progress_display import ProgressDisplay
from cli.errors import DemoFailed
from florescope.client import Client
from florescope.job_view import JobView

POLL_EVERY_S = 0.5


def run_jobs(
    client: Client,
    recipe: Recipe,
    *,
    display: ProgressDisplay,
    check: Callable[[], None],
    within_s: float,
) -> tuple[JobView, JobView]:
    """Submit a training job and an explanation of its model; return both when both are over.

    Args:
        client: of the API of the stack.
        recipe: what to do.
        display: shows both.
        check: raises if a service of the stack has ended; called repeatedly.
        within_s: limit for both together.

    Raises:
        DemoFailed: they are not over within the limit.
    """
    deadline = time.monotonic() + within_s
    train = client.submit(recipe.train)
    explain = client.submit(recipe.explain, model=train)
    while True:
        check()
        views = train.refresh(), explain.refresh()
        for view in views:
            display.show(view)
        if all(view.over for view in views):
            return views
        if time.monotonic() > deadline:
            states = " and ".join(view.state.value for view in views)
            raise DemoFailed(f"the jobs are {states} after {within_s:g} s: see the logs")
        time.sleep(POLL_EVERY_S)
