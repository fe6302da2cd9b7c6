"""The command ``florescope retry``."""

from __future__ import annotations

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, Wait


def retry(job_id: JobId, wait: Wait = True, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Explain the images that failed in a job again, as a new job with its own results.

    Pictures that were mended since are read as they are now; the summary counts them as pictures_replaced.
    """
    from cli.client.api_client import ApiClient  # noqa: PLC0415  (the HTTP client loads only when used)
    from cli.commands.submit import follow_to_end  # noqa: PLC0415

    with ApiClient(api) as client:
        job = follow_to_end(client, client.retry(job_id), wait=wait, as_json=as_json)
    raise typer.Exit(job.exit_code)
