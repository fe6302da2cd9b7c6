"""Watches a job until it is over, also when the connection is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from cli.client.api_client import ApiClient, NoStream
from cli.client.job_view import JobView
from cli.errors import ApiUnreachable, Refused

PAUSE_S = 1.0
PATIENCE_S = 60.0


def follow(
    api: ApiClient, job_id: str, *, pause_s: float = PAUSE_S, patience_s: float = PATIENCE_S
) -> Iterator[JobView]:
    """Yield the job whenever it changes, until it is over.

    Reads the API's event stream; where there is none, or it breaks, polls every ``pause_s`` seconds.

    Raises:
        ApiUnreachable: no answer for ``patience_s`` seconds.
    """
    listen = True
    while True:
        if listen:
            try:
                for job in api.events(job_id):
                    yield job
                    if job.over:
                        return
            except (NoStream, Refused):
                listen = False
            except ApiUnreachable:
                pass  # asked again below, with retries
        job = ask_until_answered(lambda: api.job(job_id), pause_s=pause_s, patience_s=patience_s)
        yield job
        if job.over:
            return
        time.sleep(pause_s)


def ask_until_answered(ask: Callable[[], JobView], *, pause_s: float, patience_s: float) -> JobView:
    """Ask repeatedly until the API answers.

    Raises:
        ApiUnreachable: no answer for ``patience_s`` seconds.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return ask()
        except ApiUnreachable:
            if time.monotonic() + pause_s > deadline:
                raise
            time.sleep(pause_s)
