"""The command ``florescope fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, print_json

if TYPE_CHECKING:
    from florescope.download.fetch_job import Fetched


def fetch(
    job_id: JobId,
    to: Annotated[Path | None, typer.Option(help="Folder to fill.", show_default="./<id>")] = None,
    at_once: Annotated[int, typer.Option(help="Simultaneous downloads.", min=1, max=64)] = 8,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Also pictures that are not stored: the API draws each from its raw map.")
    ] = False,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Download all files of a job. Run it again to continue where it stopped."""
    from cli.display.download_display import download_display  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415
    from florescope.download.safe_path import safe_path  # noqa: PLC0415

    with Client(api) as client:
        job = find_job(client, job_id)
        folder = to or safe_path(Path(), job.id)
        if not job.last.over and not as_json:
            typer.echo(f"the job is {job.last.state.value}: fetching what is there now", err=True)
        with download_display(quiet=as_json) as display:
            results = job.fetch(folder, at_once=at_once, pictures=pictures, done=display.show)
    _report(job.id, folder, results, as_json=as_json)


def _report(job_id: str, folder: Path, results: list[Fetched], *, as_json: bool) -> None:
    from florescope.download.fetch_job import require_all  # noqa: PLC0415

    failed = {result.file.name: result.error for result in results if result.error}
    downloaded = [result for result in results if result.downloaded]
    document = {
        "job_id": job_id,
        "folder": str(folder.absolute()),
        "files": len(results),
        "downloaded": len(downloaded),
        "downloaded_bytes": sum(result.file.size for result in downloaded),
        "skipped": len(results) - len(downloaded) - len(failed),
        "failed": failed,
    }
    if as_json:
        print_json(document)
    else:
        typer.echo("{downloaded} files fetched, {skipped} were there: {folder}".format_map(document))
    require_all(results)
