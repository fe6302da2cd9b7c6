"""Defines the command line ``florescope``: a client of the API, and the stack on one machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from cli.commands.annotate import annotate
from cli.commands.audit import audit
from cli.commands.compare import compare
from cli.commands.datasets import datasets, upload
from cli.commands.demo import demo
from cli.commands.evaluate import evaluate
from cli.commands.explain import explain
from cli.commands.export_model import export_model
from cli.commands.fetch import fetch
from cli.commands.housekeeping.delete import archive, delete, deleted, restore
from cli.commands.housekeeping.job_file import export, import_job
from cli.commands.housekeeping.room import cleanup, retention, usage
from cli.commands.index import app as index
from cli.commands.inspect_jobs import cancel, jobs, show, watch
from cli.commands.keys import app as keys
from cli.commands.logs import logs
from cli.commands.methods import methods
from cli.commands.models import app as models
from cli.commands.notify import app as notify
from cli.commands.preview import preview
from cli.commands.queues import app as queues
from cli.commands.results import results
from cli.commands.retry import retry
from cli.commands.sweep import sweep
from cli.commands.train import train
from cli.commands.turns import pause, priority, resume
from cli.commands.up import up
from cli.errors import CliError
from cli.exit_code import ExitCode, exit_code_for, explain_exit_codes
from florescope.errors import FlorescopeError
from jobs.version import VERSION

app = typer.Typer(
    name="florescope",
    help="Trains image classifiers and explains whole test sets, as durable jobs.",
    epilog=f"Exit codes: {explain_exit_codes()}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"florescope {VERSION}")
        raise typer.Exit


STACK: tuple[Callable[..., None], ...] = (up, demo)
JOBS: tuple[Callable[..., None], ...] = (
    train,
    evaluate,
    explain,
    audit,
    compare,
    preview,
    sweep,
    export_model,
    jobs,
    show,
    results,
    watch,
    logs,
    annotate,
    priority,
    pause,
    resume,
    cancel,
    retry,
    fetch,
    methods,
)
HOUSEKEEPING: tuple[Callable[..., None], ...] = (
    delete,
    restore,
    deleted,
    archive,
    usage,
    retention,
    cleanup,
    export,
    import_job,
)
for _command in STACK:
    app.command(rich_help_panel="The stack on this machine")(_command)
for _command in JOBS:
    app.command(rich_help_panel="Jobs")(_command)
for _command in (datasets, upload):
    app.command(rich_help_panel="Data sets")(_command)
for _command in HOUSEKEEPING:
    app.command(rich_help_panel="Housekeeping")(_command)
app.add_typer(models, name="models", rich_help_panel="Models")
app.add_typer(keys, name="keys", rich_help_panel="Many people")
app.add_typer(notify, name="notify", rich_help_panel="Many people")
app.add_typer(queues, name="queues", rich_help_panel="Many people")
app.add_typer(index, name="index", rich_help_panel="The stack on this machine")


@app.callback()
def florescope(
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which release this is.")
    ] = False,
) -> None:
    """Train image classifiers and explain whole test sets, as durable jobs."""


def main() -> None:
    """Run the command line; errors become a message on stderr and an exit code."""
    try:
        app()
    except CliError as error:
        typer.echo(f"florescope: {error}", err=True)
        sys.exit(error.exit_code)
    except FlorescopeError as error:
        typer.echo(f"florescope: {error}", err=True)
        sys.exit(exit_code_for(error))
    except OSError as error:
        typer.echo(f"florescope: {error.filename or 'this machine'}: {error.strerror or error}", err=True)
        sys.exit(ExitCode.LOCAL_FILE)
