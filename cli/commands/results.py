"""The command ``florescope results``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId, print_json
from cli.errors import Usage

if TYPE_CHECKING:
    from florescope.job import Job

Several = list[str] | None


def results(  # noqa: PLR0913  (one parameter per option)
    job_id: JobId,
    *,
    correct: Annotated[bool, typer.Option("--correct", help="Images that were predicted correctly.")] = False,
    right: Annotated[bool, typer.Option("--right", hidden=True)] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="Images that were predicted wrongly.")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="Images that failed.")] = False,
    outcome: Annotated[Several, typer.Option(help="correct, wrong, explained (no label) or error.")] = None,
    label: Annotated[Several, typer.Option("--class", help="Of this true class: its name or number.")] = None,
    predicted: Annotated[Several, typer.Option(help="Predicted as this class: its name or number.")] = None,
    flag: Annotated[Several, typer.Option(help="With this flag on any map.")] = None,
    cluster: Annotated[Several, typer.Option(help="In this cluster of an audit: its number.")] = None,
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
    form: Annotated[
        str | None, typer.Option("--format", help="Save all of them for other programs: coco or fiftyone.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="The file (coco) or folder (fiftyone).", show_default="./<job>.<format>")
    ] = None,
    photographs: Annotated[
        bool, typer.Option("--photographs/--no-photographs", help="With --format fiftyone: fetch the pictures, too.")
    ] = True,
    api: Api = DEFAULT_API,
) -> None:
    """List the images of a job. Options of one name may be repeated: any of the values will do.

    For example: florescope results @last --wrong --format fiftyone --to wrong/
    """
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    _check_output(form, to, as_csv=as_csv, as_json=as_json)
    named = {"correct": correct or right, "wrong": wrong, "error": errors}
    filters: dict[str, Any] = {
        "outcome": [*(name for name, chosen in named.items() if chosen), *(outcome or ())] or None,
        "label": label,
        "prediction": predicted,
        "flag": flag,
        "cluster": cluster,
        "range": bounds,
        "id": image_id,
        "search": search,
        "sort": sort,
        "method": method,
    }
    with Client(api) as client:
        job = find_job(client, job_id)
        if form is not None:
            typer.echo(_saved(job, form, to, filters, photographs=photographs))
            return
        found = [image.record for image in job.images(limit=limit, **filters)]
        total = job.count_images(**filters)
    if as_json:
        print_json({"items": found, "total": total})
    else:
        _show(found, total=total, sort=sort, method=method, as_csv=as_csv)
    if not total:
        typer.echo(f"{job.kind} {job.id}: no image is so", err=True)


def _check_output(form: str | None, to: Path | None, *, as_csv: bool, as_json: bool) -> None:
    if as_csv + as_json + (form is not None) > 1:
        raise Usage("--csv, --json and --format: choose one")
    if form not in {None, "coco", "fiftyone"}:
        raise Usage(f"--format {form}: expected coco or fiftyone")
    if to is not None and form is None:
        raise Usage(f"--to {to}: say in which --format to save, coco or fiftyone")


def _saved(job: Job, form: str, to: Path | None, filters: dict[str, Any], *, photographs: bool) -> str:
    """Save the images, and say where."""
    if form == "coco":
        return str(job.save_coco(to or Path(f"{job.id}.coco.json"), **filters))
    return str(job.save_fiftyone(to or Path(f"{job.id}.fiftyone"), photographs=photographs, **filters))


def _show(found: list[dict[str, Any]], *, total: int, sort: str | None, method: str | None, as_csv: bool) -> None:
    from cli.display import result_text  # noqa: PLC0415

    if as_csv:
        result_text.write_csv(found)
    elif found:
        result_text.print_results(found, sort=sort, method=method)
        if total > len(found):
            typer.echo(f"{len(found)} of {total} images: --limit shows more", err=True)
