"""The command ``florescope retry``."""

from __future__ import annotations

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, Wait
from cli.exit_code import exit_code_of


def retry(job_id: JobId, wait: Wait = True, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Explain the images that failed in a job again, as a new job with its own results.

    Pictures that were mended since are read as they are now; the summary counts them as pictures_replaced.
    """
    from cli.commands.submit import follow_to_end  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415  (the HTTP client loads only when used)

    with Client(api) as client:
        view = follow_to_end(client, find_job(client, job_id).retry(), wait=wait, as_json=as_json)
    raise typer.Exit(exit_code_of(view.state))
