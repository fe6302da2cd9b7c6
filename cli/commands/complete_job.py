"""Completes ids of jobs in a shell."""

from __future__ import annotations

from collections.abc import Iterator

import typer

TIMEOUT_S = 1.0
SHOWN = 30


def complete_job(context: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """The newest jobs whose id begins so, each with what it is; nothing where the API does not answer."""
    from cli.last_job import LAST  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415  (the HTTP client loads only when used)
    from florescope.errors import FlorescopeError  # noqa: PLC0415

    if LAST.startswith(incomplete):
        yield LAST, "the job that was submitted last from here"
    try:
        with Client(context.params.get("api"), timeout_s=TIMEOUT_S) as client:
            for job in client.jobs_beginning(incomplete, limit=SHOWN):
                yield job.id, " ".join(filter(None, (job.kind, job.last.state.value, job.last.name)))
    except FlorescopeError:
        return  # there is no place for a message within a completion
