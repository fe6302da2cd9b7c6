"""The commands ``florescope usage``, ``retention`` and ``cleanup``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, print_json

Period = Annotated[str | None, typer.Option(metavar="PERIOD", help="Such as 90d, 12w or 48h; 'forever'.")]


def usage(as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Tell how much room the store needs, by project, kind and submitter; counted once an hour."""
    from cli.display.housekeeping_text import print_submitters, print_usage  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        found = client.housekeeping.usage()
    if as_json:
        print_json(found)
    else:
        print_usage(found["items"])
        print_submitters(found["submitters"])
        typer.echo(f"counted {found['at'][:16]} UTC", err=True)


def retention(
    project: Annotated[str, typer.Argument(help="Name of the project.")],
    *,
    keep: Period = None,
    models: Period = None,
    heatmaps: Period = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Show or set how long a project keeps jobs, jobs with models, and heatmaps; what is not given stays as it is.

    What is archived, or used by what is kept, stays. To set it takes an admin.
    """
    from florescope.client import Client  # noqa: PLC0415

    given = {"keep": keep, "models": models, "heatmaps": heatmaps}
    changes = {name: None if period == "forever" else period for name, period in given.items() if period is not None}
    with Client(api) as client:
        found = client.housekeeping.retention(project)
        if changes:
            found = client.housekeeping.set_retention(project, {**found, **changes})
    if as_json:
        print_json(found)
        return
    for name, period in found.items():
        typer.echo(f"{name}: {period or 'forever'}")


def cleanup(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Delete what is kept no longer, and remove what was deleted a day ago, as workers do every ten minutes."""
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        found = client.housekeeping.clean_up(dry_run=dry_run)
    if as_json:
        print_json(found)
        return
    for job in found["expired"]:
        typer.echo(f"delete job {job['id']} of {job['project']}: {job['why']}")
    for job in found["heatmaps"]:
        typer.echo(f"remove the heatmaps of {job['id']} of {job['project']}: {job['why']}")
    for item in found["removed"]:
        typer.echo(f"remove {item['kind']} {item['name']}, deleted {item['at'][:16]} UTC")
    for item in found["needed"]:
        typer.echo(f"bring back {item['kind']} {item['name']}: a job refers to it")
    if not any(found[name] for name in ("expired", "heatmaps", "removed", "needed")):
        typer.echo("nothing is to be done", err=True)
