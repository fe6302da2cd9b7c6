"""The command ``florescope logs``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, print_json


def logs(
    job_id: JobId,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the job is over.")] = False,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Show what workers said of a job: its last 2,000 lines or so."""
    from cli.display.log_text import log_text  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        lines = find_job(client, job_id).log(follow=follow)
        if as_json:
            print_json({"items": [asdict(line) for line in lines]})
            return
        for line in lines:
            typer.echo(log_text(line))
