"""``florescope index rebuild``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import AsJson, print_json
from cli.errors import StackFailed, Usage

app = typer.Typer(help="The index by which jobs are listed.", no_args_is_help=True)
Store = Annotated[
    str | None,
    typer.Option(
        help="URL of the object store. [env var: FLORESCOPE_STORE_URL]", show_default="the store of `florescope up`"
    ),
]


@app.callback()
def index() -> None:
    """The index by which jobs are listed."""


@app.command("rebuild")
def rebuild_index(store: Store = None, as_json: AsJson = False) -> None:
    """Make the index of jobs again, straight from the object store; jobs may run meanwhile."""
    from cli.stack.layout import local_store_url  # noqa: PLC0415
    from cli.stack.stack_settings import read_settings  # noqa: PLC0415
    from dispatch.job_index.build import rebuild  # noqa: PLC0415
    from jobs.errors import JobError  # noqa: PLC0415
    from store.open_store import open_store  # noqa: PLC0415

    settings = read_settings()
    set_url = settings.store_url if "store_url" in settings.model_fields_set else None
    url = store or set_url or local_store_url(settings.data_dir)
    try:
        opened = open_store(url, s3=settings.s3_options())
        over = rebuild(opened, say=lambda jobs: typer.echo(f"{jobs} jobs read", err=True))
    except ValueError as error:
        raise Usage(str(error)) from error
    except JobError as error:
        raise StackFailed(f"the index of {url} cannot be made: {error}") from error
    if as_json:
        print_json({"store": opened.url, "jobs_over": over})
    else:
        typer.echo(f"the index of {opened.url} holds {over} jobs that are over")
