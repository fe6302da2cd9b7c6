"""The commands ``florescope export`` and ``import-job``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, print_json
from cli.errors import Usage


def export(
    job_id: JobId,
    *,
    to: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file.", dir_okay=False, show_default="florescope-JOB.tar"),
    ] = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Write a job that is over as one file: its specification, results and model, with their digests."""
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        job = find_job(client, job_id)
        path = to or Path(f"florescope-{job.id}.tar")
        if path.exists():
            raise Usage(f"{path}: there is such a file already")
        size = client.housekeeping.export_job(job.id, path)
    if as_json:
        print_json({"job": job.id, "file": str(path), "bytes": size})
    else:
        typer.echo(f"{path}: {size / 1e6:.1f} MB")


def import_job(
    file: Annotated[Path, typer.Argument(help="That 'florescope export' wrote.", exists=True, dir_okay=False)],
    *,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Take in a job that another installation exported, into the project of your key; it keeps its id.

    All digests are checked first. A job that holds a model takes an admin: take in files of people whom you trust.
    """
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        job = client.housekeeping.import_job(file)
    if as_json:
        print_json(job)
    else:
        typer.echo(f"{job['id']}: {job['kind']}, {job['state']}")
