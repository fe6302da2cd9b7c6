"""``florescope index rebuild``."""

from __future__ import annotations

import typer

from cli.commands.options import AsJson, Store, print_json
from cli.errors import StackFailed

app = typer.Typer(help="The index by which jobs are listed.", no_args_is_help=True)


@app.callback()
def index() -> None:
    """The index by which jobs are listed."""


@app.command("rebuild")
def rebuild_index(store: Store = None, as_json: AsJson = False) -> None:
    """Make the index of jobs again, straight from the object store; jobs may run meanwhile."""
    from cli.stack.opened_store import opened_store  # noqa: PLC0415
    from dispatch.job_index.build import rebuild  # noqa: PLC0415
    from jobs.errors import JobError  # noqa: PLC0415

    opened = opened_store(store)
    try:
        over = rebuild(opened, say=lambda jobs: typer.echo(f"{jobs} jobs read", err=True))
    except JobError as error:
        raise StackFailed(f"the index of {opened.url} cannot be made: {error}") from error
    if as_json:
        print_json({"store": opened.url, "jobs_over": over})
    else:
        typer.echo(f"the index of {opened.url} holds {over} jobs that are over")
