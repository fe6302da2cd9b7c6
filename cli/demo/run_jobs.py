"""Submits the demo's two jobs through the API, and watches them together."""

from __future__ import annotations

import time
from collections.abc import Callable

from cli.client.api_client import ApiClient
from cli.client.job_view import JobView
from cli.demo.recipe import Recipe
from cli.display.progress_display import ProgressDisplay
from cli.errors import DemoFailed

POLL_EVERY_S = 0.5


def run_jobs(
    api: ApiClient,
    recipe: Recipe,
    *,
    display: ProgressDisplay,
    check: Callable[[], None],
    within_s: float,
) -> tuple[JobView, JobView]:
    """Submit a training job and an explanation of its model; return both when both are over.

    Args:
        api: of the stack.
        recipe: what to do.
        display: shows both.
        check: raises if a service of the stack has ended; called repeatedly.
        within_s: limit for both together.

    Raises:
        DemoFailed: they are not over within the limit.
    """
    deadline = time.monotonic() + within_s
    train = api.submit(recipe.train)
    explain = api.submit({**recipe.explain, "model": f"job:{train.id}"})
    while True:
        check()
        train, explain = api.job(train.id), api.job(explain.id)
        display.show(train)
        display.show(explain)
        if train.over and explain.over:
            return train, explain
        if time.monotonic() > deadline:
            states = f"{train.state.value} and {explain.state.value}"
            raise DemoFailed(f"the jobs are {states} after {within_s:g} s: see the logs")
        time.sleep(POLL_EVERY_S)
