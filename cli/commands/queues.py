"""``florescope queues list``, ``pause`` and ``resume``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, print_json

app = typer.Typer(help="Queues: which are paused. Needs an operator's key of all projects.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Of the queue, as `list` says it.")]


@app.command("list")
def list_queues(as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """List the queues that can be paused."""
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        found = client.queues()
    if as_json:
        print_json(found)
        return
    for each in found:
        typer.echo(_line(each))


@app.command("pause")
def pause(queue: Name, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Take no further step from a queue; those under way go on to their end."""
    _change(queue, "pause", as_json=as_json, api=api)


@app.command("resume")
def resume(queue: Name, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Take steps from a queue again."""
    _change(queue, "resume", as_json=as_json, api=api)


def _change(queue: str, action: str, *, as_json: bool, api: str) -> None:
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        found = client.change_queue(queue, action)
    if as_json:
        print_json(found)
    else:
        typer.echo(_line(found))


def _line(queue: dict[str, Any]) -> str:
    pause = queue["pause"]
    if not pause:
        return f"{queue['queue']}: steps are taken"
    by = f" by {pause['by']}" if pause["by"] else ""
    return f"{queue['queue']}: paused{by} at {pause['at']}"
