"""Submits a job, waits for it and prints it."""

from __future__ import annotations

from typing import Any

import typer

from cli.client.api_client import ApiClient
from cli.client.follow import follow
from cli.client.job_view import JobView
from cli.commands.options import print_json
from cli.display.job_text import print_job
from cli.display.progress_display import progress_display


def submit(spec: dict[str, Any], *, url: str, wait: bool, as_json: bool) -> None:
    """Submit a job, wait if ``wait`` is set, and print it; the exit code says how it ended."""
    with ApiClient(url) as api:
        job = follow_to_end(api, api.submit(spec), wait=wait, as_json=as_json)
    raise typer.Exit(job.exit_code)


def follow_to_end(api: ApiClient, job: JobView, *, wait: bool, as_json: bool) -> JobView:
    """Report that a job was submitted, wait if ``wait`` is set, print the job and return it."""
    if not as_json:
        typer.echo(f"submitted {job.kind} job {job.id}", err=True)
    if wait:
        job = watch(api, job, quiet=as_json)
    show(job, as_json=as_json)
    return job


def watch(api: ApiClient, job: JobView, *, quiet: bool) -> JobView:
    """Show progress until the job is over; Ctrl-C stops watching, not the job."""
    try:
        with progress_display(quiet=quiet) as display:
            display.show(job)
            for view in follow(api, job.id):
                job = view
                display.show(job)
    except KeyboardInterrupt:
        typer.echo(f"the job goes on: florescope watch {job.id}, or cancel {job.id}", err=True)
        raise
    return job


def show(job: JobView, *, as_json: bool) -> None:
    """Print one job."""
    if as_json:
        print_json(job.document)
    else:
        print_job(job)
