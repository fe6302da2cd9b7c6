"""``florescope notify set``, ``list``, ``remove``, ``test`` and ``log``: where a project is told that jobs are over."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, print_json
from cli.exit_code import ExitCode

app = typer.Typer(
    help="Channels of a project: webhooks for programs, messages for chats and mail. An admin sets them.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="What you call the channel: a to z, digits and -.")]
Project = Annotated[
    str | None, typer.Option(help="Name of the project.", envvar="FLORESCOPE_PROJECT", show_default="that of your key")
]
ADDRESS_HELP = "Its address; without it, it is asked for, so that no command line and no history holds it."
Address = Annotated[str | None, typer.Argument(help=ADDRESS_HELP)]
States = Annotated[
    list[str] | None,
    typer.Option("--state", help="An end that is told of; may be given several times.", show_default="every end"),
]
Named = Annotated[bool, typer.Option("--named", help="Only jobs whose specification names the channel in `notify`.")]


class Kind(StrEnum):
    """What a channel sends."""

    WEBHOOK = "webhook"
    MESSAGE = "message"


KindOf = Annotated[Kind, typer.Argument(help="webhook: a signed request; message: to a chat or by mail, by apprise.")]


@app.command("set")
def set_channel(  # noqa: PLR0913  (one parameter per option)
    name: Name,
    kind: KindOf,
    address: Address = None,
    *,
    state: States = None,
    named: Named = False,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Set a channel, in place of the one of the same name. A webhook's secret is shown this once.

    For example: florescope notify set chat message slack://TokenA/TokenB/TokenC/#training --state failed
    """
    from cli.display.question import ask_secret  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    url = address or ask_secret("Address", otherwise="no address was given: type it when asked, or give it as ADDRESS")
    wanted = {"kind": kind.value, "url": url, "every_job": not named, **({"states": state} if state else {})}
    with Client(api) as client:
        made = client.channels(project).set(name, wanted)
    if as_json:
        print_json(made)
        return
    if made["secret"]:
        typer.echo(made["secret"])
        typer.echo("The secret to verify requests with. Keep it: it is not shown again.", err=True)
    typer.echo(f"{name}: {made['address']}; try it: florescope notify test {name}", err=True)


@app.command("list")
def list_channels(project: Project = None, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """List the channels of a project."""
    from cli.display.notice_text import print_channels  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        found = client.channels(project).all()
    if as_json:
        print_json({"items": found})
    elif found:
        print_channels(found)
    else:
        typer.echo("no channels", err=True)


@app.command("remove")
def remove(name: Name, project: Project = None, api: Api = DEFAULT_API) -> None:
    """Tell nobody by a channel any more; what still waits to be sent by it is given up."""
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        client.channels(project).remove(name)
    typer.echo(f"removed: {name}")


@app.command("test")
def try_channel(name: Name, project: Project = None, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Have a test sent, and say how that went; the exit code is 12 where it was not taken."""
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        notice = client.channels(project).test(name)
    delivered = notice["state"] == "delivered"
    if as_json:
        print_json(notice)
    elif notice["attempts"]:
        typer.echo(f"{name}: {notice['attempts'][-1]['outcome']}")
    else:
        typer.echo("nobody has tried to send it yet: is a light worker running? See: florescope notify log", err=True)
    raise typer.Exit(0 if delivered else ExitCode.NOT_TAKEN)


@app.command("log")
def log(
    *,
    job: Annotated[str | None, typer.Option(help="Id of a job: only what was told of it.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=200)] = 50,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """What was told in the last 30 days, by which channel, how it went, and when the next try comes."""
    from cli.display.notice_text import print_notices  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        job_id = find_job(client, job).id if job else None
        found = client.channels(project).notices(job_id=job_id, limit=limit)
    if as_json:
        print_json({"items": found})
    elif found:
        print_notices(found)
    else:
        typer.echo("nothing was told", err=True)
