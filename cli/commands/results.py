"""The command ``florescope results``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, print_json
from cli.errors import Usage

Several = list[str] | None


def results(  # noqa: PLR0913  (one parameter per option)
    job_id: JobId,
    *,
    right: Annotated[bool, typer.Option("--right", help="Images that were predicted right.")] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="Images that were predicted wrong.")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="Images that failed.")] = False,
    outcome: Annotated[Several, typer.Option(help="correct, wrong, explained (no label) or error.")] = None,
    label: Annotated[Several, typer.Option("--class", help="Of this true class: its name or number.")] = None,
    predicted: Annotated[Several, typer.Option(help="Predicted as this class: its name or number.")] = None,
    flag: Annotated[Several, typer.Option(help="With this flag on any map.")] = None,
    bounds: Annotated[
        Several, typer.Option("--range", help="confidence:0.5..0.9, map_error:0.1.. and the like; all must hold.")
    ] = None,
    image_id: Annotated[Several, typer.Option("--id", help="Exactly this image.")] = None,
    search: Annotated[str | None, typer.Option(help="A part of the id.")] = None,
    sort: Annotated[
        str | None, typer.Option(help="confidence, a measure, ...; -map_error: the greatest first.")
    ] = None,
    method: Annotated[str | None, typer.Option(help="Whose measures are sorted and compared.")] = None,
    limit: Annotated[int, typer.Option(help="Largest number of images to list.", min=1)] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help="One line per image, with every measure.")] = False,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """List the images of a job. Options of one name may be repeated: any of the values will do."""
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    if as_csv and as_json:
        raise Usage("--csv and --json: choose one")
    named = {"correct": right, "wrong": wrong, "error": errors}
    filters: dict[str, Any] = {
        "outcome": [*(name for name, chosen in named.items() if chosen), *(outcome or ())],
        "label": label,
        "prediction": predicted,
        "flag": flag,
        "range": bounds,
        "id": image_id,
        "search": search,
        "sort": sort,
        "method": method,
    }
    with Client(api) as client:
        job = find_job(client, job_id)
        found = [image.record for image in job.images(limit=limit, **filters)]
        total = job.count_images(**filters)
    _show(found, total=total, sort=sort, as_csv=as_csv, as_json=as_json)


def _show(found: list[dict[str, Any]], *, total: int, sort: str | None, as_csv: bool, as_json: bool) -> None:
    from cli.display import result_text  # noqa: PLC0415

    if as_json:
        print_json({"items": found, "total": total})
    elif as_csv:
        result_text.write_csv(found)
    elif found:
        result_text.print_results(found, sort=sort)
        if total > len(found):
            typer.echo(f"{len(found)} of {total} images: --limit shows more", err=True)
    else:
        typer.echo("no image is so", err=True)
