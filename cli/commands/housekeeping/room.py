"""The commands ``florescope usage``, ``retention`` and ``cleanup``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, print_json
from cli.errors import Usage

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


def retention(  # noqa: PLR0913  (one parameter per option)
    project: Annotated[
        str | None, typer.Argument(help="Name of the project; without one: what all projects share.")
    ] = None,
    *,
    keep: Period = None,
    models: Period = None,
    heatmaps: Period = None,
    uploads: Period = None,
    features: Period = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Show or set how long a project keeps jobs, jobs with models, heatmaps and uploads; what is not given stays.

    Without a project: how long features of backbones are kept. What is archived, or used by what is kept, stays. To
    set it takes an admin, of features one of all projects.
    """
    from florescope.client import Client  # noqa: PLC0415

    of_project = _periods(keep=keep, models=models, heatmaps=heatmaps, uploads=uploads)
    shared = _periods(features=features)
    if project is None and of_project:
        raise Usage(f"say whose {', '.join(of_project)}: florescope retention PROJECT …")
    if project is not None and shared:
        raise Usage("features belong to no project: florescope retention --features PERIOD")
    with Client(api) as client:
        if project is None:
            found = client.housekeeping.shared_retention()
            found = client.housekeeping.set_shared_retention({**found, **shared}) if shared else found
        else:
            found = client.housekeeping.retention(project)
            found = client.housekeeping.set_retention(project, {**found, **of_project}) if of_project else found
    if as_json:
        print_json(found)
        return
    for name, period in found.items():
        typer.echo(f"{name}: {period or 'forever'}")


def _periods(**given: str | None) -> dict[str, str | None]:
    """Those that were given, as the API takes them."""
    return {name: None if period == "forever" else period for name, period in given.items() if period is not None}


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
    for item in found["unused"]:
        typer.echo(f"delete {item['kind']} {item['name']}: {item['why']}, and nothing refers to it")
    for item in found["removed"]:
        typer.echo(f"remove {item['kind']} {item['name']}, deleted {item['at'][:16]} UTC")
    for item in found["needed"]:
        typer.echo(f"bring back {item['kind']} {item['name']}: a job refers to it")
    if not any(found[name] for name in ("expired", "heatmaps", "unused", "removed", "needed")):
        typer.echo("nothing is to be done", err=True)
