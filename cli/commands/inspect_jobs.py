"""The commands ``florescope jobs``, ``show``, ``watch`` and ``cancel``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, print_json


def jobs(
    kind: Annotated[str | None, typer.Option(help="Only jobs of this kind: train, evaluate, explain, ...")] = None,
    state: Annotated[str | None, typer.Option(help="Only jobs in this state.")] = None,
    parent: Annotated[str | None, typer.Option(help="Only the trials of this sweep.")] = None,
    limit: Annotated[int, typer.Option(help="Largest number of jobs to list.", min=1)] = 20,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """List jobs, newest first."""
    from cli.client.api_client import ApiClient  # noqa: PLC0415
    from cli.display.job_text import print_jobs  # noqa: PLC0415

    with ApiClient(api) as client:
        found = client.jobs(kind=kind, state=state, parent=parent, limit=limit)
    if as_json:
        print_json({"items": [job.document for job in found]})
    elif found:
        print_jobs(found)
    else:
        typer.echo("no jobs", err=True)


def show(job_id: JobId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Show one job: state, progress, specification and summary."""
    from cli.client.api_client import ApiClient  # noqa: PLC0415
    from cli.commands import submit  # noqa: PLC0415

    with ApiClient(api) as client:
        submit.show(client.job(job_id), as_json=as_json)


def watch(job_id: JobId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Show a job's progress until it is over; the exit code says how it ended."""
    from cli.client.api_client import ApiClient  # noqa: PLC0415
    from cli.commands import submit  # noqa: PLC0415

    with ApiClient(api) as client:
        job = submit.watch(client, client.job(job_id), quiet=as_json)
    submit.show(job, as_json=as_json)
    raise typer.Exit(job.exit_code)


def cancel(job_id: JobId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Ask a job to stop; what it has done stays readable."""
    from cli.client.api_client import ApiClient  # noqa: PLC0415

    with ApiClient(api) as client:
        job = client.cancel(job_id)
    if as_json:
        print_json(job.document)
    else:
        typer.echo(f"{job.id} is {job.state.value}")
