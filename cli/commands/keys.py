"""``florescope keys create``, ``list`` and ``revoke``: over the API with an admin's key, else in the store itself."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, Store, print_json
from cli.errors import Usage

app = typer.Typer(
    help="API keys: who may do what. With FLORESCOPE_API_KEY, over the API as that key's admin; without it, or with "
    "--store, straight in the object store, as for the first key.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="Who will use it; jobs say this name as their submitter.")]
RoleName = Annotated[str, typer.Option("--role", help="viewer, submitter, operator or admin.")]
Projects = Annotated[
    list[str] | None,
    typer.Option("--project", help="That it sees; may be given several times; '*': all.", show_default="default"),
]
Days = Annotated[int, typer.Option(help="Until it expires; 0: never.", min=0, max=3650)]
ActiveJobs = Annotated[int | None, typer.Option(help="Quota: jobs that are not over, at a time.", min=0)]
ImagesPerDay = Annotated[int | None, typer.Option(help="Quota: images of the jobs submitted in a day.", min=0)]
Bytes = Annotated[int | None, typer.Option("--bytes", help="Quota: bytes that are kept in the store.", min=0)]
Requests = Annotated[int | None, typer.Option("--requests-per-minute", help="Quota: requests to the API.", min=0)]


@app.command("create")
def create(  # noqa: PLR0913  (one parameter per option)
    name: Name,
    *,
    role: RoleName = "submitter",
    project: Projects = None,
    days: Days = 90,
    active_jobs: ActiveJobs = None,
    images_per_day: ImagesPerDay = None,
    requests_per_minute: Requests = None,
    bytes_kept: Bytes = None,
    store: Store = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Make a key. It is shown this once: only its digest is stored."""
    from cli.stack.key_desk import key_desk  # noqa: PLC0415

    quota = {
        "active_jobs": active_jobs,
        "images_per_day": images_per_day,
        "requests_per_minute": requests_per_minute,
        "bytes": bytes_kept,
    }
    wanted: dict[str, Any] = {"name": name, "role": role, "projects": project or ["default"], "quota": quota}
    with key_desk(api, store) as desk:
        made = desk.make_key({**wanted, "days": days or None})
    if as_json:
        print_json(made)
        return
    until = f"until {made['expires_at'][:10]}" if made["expires_at"] else "for ever"
    typer.echo(made["key"])
    typer.echo(
        f"{role} of {', '.join(made['projects'])}, {until}; id {made['id']}. Keep it: it is not shown again.", err=True
    )


@app.command("list")
def list_keys(store: Store = None, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """List the keys, also those that have expired or were revoked."""
    from cli.display.key_text import print_keys  # noqa: PLC0415
    from cli.stack.key_desk import key_desk  # noqa: PLC0415

    with key_desk(api, store) as desk:
        found = desk.keys()
    if as_json:
        print_json({"items": found})
    elif found:
        print_keys(found)
    else:
        typer.echo("no keys", err=True)


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="Id of the key.")],
    store: Store = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Let a key be of no use any more, within five seconds."""
    from cli.stack.key_desk import key_desk  # noqa: PLC0415

    with key_desk(api, store) as desk:
        key = desk.revoke_key(key_id)
    if as_json:
        print_json(key)
    else:
        typer.echo(f"revoked: {key['id']} of {key['name']}")


@app.command("weight")
def weight(
    project: Annotated[str, typer.Argument(help="Name of the project.")],
    share: Annotated[float, typer.Argument(metavar="WEIGHT", help="Beside those of other projects, usually 1.")],
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Set how large the share of a project is of workers that several wait for, over the API."""
    from florescope.client import Client  # noqa: PLC0415

    if not math.isfinite(share):
        raise Usage(f"WEIGHT {share}: expected a finite number, usually about 1")
    with Client(api) as client:
        found = client.set_weight(project, share)
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{project}: weight {found['weight']:g}")


@app.command("quota")
def quota(  # noqa: PLR0913  (one parameter per option)
    project: Annotated[str, typer.Argument(help="Name of the project.")],
    *,
    active_jobs: ActiveJobs = None,
    images_per_day: ImagesPerDay = None,
    requests_per_minute: Requests = None,
    bytes_kept: Bytes = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Set what all keys of a project may do together, over the API; what is left out has no bound."""
    from florescope.client import Client  # noqa: PLC0415

    bounds = {
        "active_jobs": active_jobs,
        "images_per_day": images_per_day,
        "requests_per_minute": requests_per_minute,
        "bytes": bytes_kept,
    }
    with Client(api) as client:
        found = client.set_quota(project, bounds)
    if as_json:
        print_json(found)
    else:
        shown = ", ".join(f"{name} {bound}" for name, bound in found.items() if bound is not None)
        typer.echo(f"{project}: {shown or 'no bounds'}")
