"""The commands ``florescope jobs``, ``show``, ``watch`` and ``cancel``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.complete_job import complete_job
from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, print_json
from cli.exit_code import exit_code_of
from jobs.state import JobState


def jobs(  # noqa: PLR0913  (one parameter per option)
    *,
    kind: Annotated[str | None, typer.Option(help="Only jobs of this kind: train, evaluate, explain, ...")] = None,
    state: Annotated[str | None, typer.Option(help=f"Only jobs in this state: {', '.join(JobState)}.")] = None,
    parent: Annotated[
        str | None,
        typer.Option(
            help="Only the trials of this sweep: an id, its beginning, or @last.", autocompletion=complete_job
        ),
    ] = None,
    search: Annotated[
        str | None, typer.Option(help="Words that all stand in id, kind, name, data set, model or tags.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only jobs that have this tag.")] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            help="By created, name, kind, dataset, model, accuracy, duration or failed; -accuracy: best first."
        ),
    ] = None,
    archived: Annotated[bool, typer.Option("--archived", help="The archived jobs, in place of the others.")] = False,
    limit: Annotated[int, typer.Option(help="Largest number of jobs to list.", min=1)] = 20,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """List jobs, the newest first if nothing else is asked for."""
    from cli.display.job_text import print_jobs  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        sweep = find_job(client, parent).id if parent else None
        filters = {"kind": kind, "state": state, "parent": sweep, "q": search, "tag": tag, "sort": sort}
        found = client.jobs(**filters, archived="true" if archived else None, limit=limit)
    if as_json:
        print_json({"items": [job.last.document for job in found]})
    elif found:
        print_jobs(job.last for job in found)
    else:
        typer.echo("no jobs", err=True)


def show(job_id: JobId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Show one job on one screen: state, times, what was asked for and what came of it. --json has all of it."""
    from cli.commands import submit  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        submit.show(find_job(client, job_id).last, url=client.url, as_json=as_json)


def watch(job_id: JobId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Show a job's progress until it is over; the exit code says how it ended."""
    from cli.commands import submit  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        job = find_job(client, job_id)
        submit.watch(job, quiet=as_json)
    submit.show(job.last, url=client.url, as_json=as_json)
    raise typer.Exit(exit_code_of(job.last.state))


def cancel(job_id: JobId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Ask a job to stop; what it has done stays readable."""
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        view = find_job(client, job_id).cancel().last
    if as_json:
        print_json(view.document)
    else:
        typer.echo(f"{view.id} is {view.state.value}")
