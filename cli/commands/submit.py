"""Submits a job, waits for it and prints it."""

from __future__ import annotations

from typing import Any

import typer

from cli.commands.options import print_json
from cli.commands.turn import Turn
from cli.display.job_text import print_job
from cli.display.progress_display import progress_display
from cli.exit_code import exit_code_of
from cli.job_reference import with_whole_ids
from cli.last_job import remember
from florescope.client import Client
from florescope.job import Job
from florescope.job_view import JobView


def submit(spec: dict[str, Any], *, url: str, wait: bool, as_json: bool, turn: Turn) -> None:
    """Submit a job, wait if ``wait`` is set, and print it; the exit code says how it ended."""
    with Client(url) as client:
        job = client.submit(with_whole_ids(client, spec), priority=turn.priority, deadline=turn.deadline)
        view = follow_to_end(client, job, wait=wait, as_json=as_json)
    raise typer.Exit(exit_code_of(view.state))


def follow_to_end(client: Client, job: Job, *, wait: bool, as_json: bool) -> JobView:
    """Report that a job was submitted, wait if ``wait`` is set, print the job and return what it is then."""
    if not as_json:
        typer.echo(f"submitted {job.kind} job {job.id}", err=True)
    try:
        remember(client.url, job.id)
    except OSError as error:
        typer.echo(f"@last will not know this job: {error}", err=True)
    if wait:
        watch(job, quiet=as_json)
    show(job.last, url=client.url, as_json=as_json)
    return job.last


def watch(job: Job, *, quiet: bool) -> None:
    """Show progress until the job is over; Ctrl-C stops watching, not the job."""
    try:
        with progress_display(quiet=quiet) as display:
            display.show(job.last)
            for view in job.follow():
                display.show(view)
    except KeyboardInterrupt:
        typer.echo(f"the job goes on: florescope watch {job.id}, or cancel {job.id}", err=True)
        raise


def show(view: JobView, *, url: str, as_json: bool) -> None:
    """Print one job."""
    if as_json:
        print_json(view.document)
    else:
        print_job(view, url=url)
