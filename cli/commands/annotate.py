"""The command ``florescope annotate``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId
from cli.errors import Usage


def annotate(
    job_id: JobId,
    *,
    name: Annotated[str | None, typer.Option(help="In place of that of the specification; '': that one again.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Repeat for all that it is to have; '': none.")] = None,
    notes: Annotated[str | None, typer.Option(help="What is to be remembered of it; '': nothing.")] = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Give a job another name, tags or notes, also when it is over; what is not given stays."""
    from cli.commands import submit  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    if name is None and not tag and notes is None:
        raise Usage("nothing is to be changed: give --name, --tag or --notes")
    tags = [each for each in tag if each] if tag else None
    with Client(api) as client:
        job = find_job(client, job_id).annotate(name=name, tags=tags, notes=notes)
        submit.show(job.last, url=client.url, as_json=as_json)
