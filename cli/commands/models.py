"""The commands ``florescope models import``, ``list``, ``show`` and ``pull``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands.import_model import import_model
from cli.commands.options import DEFAULT_API, Api, AsJson, print_json

app = typer.Typer(help="Published models.", no_args_is_help=True)
app.command("import")(import_model)
ModelId = Annotated[str, typer.Argument(help="Id of the model.")]


@app.command("list")
def list_models(
    limit: Annotated[int, typer.Option(help="Largest number of models to list.", min=1)] = 20,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """List models, newest first."""
    from cli.display.model_text import print_models  # noqa: PLC0415
    from cli.display.plain_text import printable  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415  (the HTTP client loads only when used)

    unreadable: list[dict[str, Any]] = []
    with Client(api) as client:
        found = client.models(limit=limit, on_unreadable=unreadable.append)
    if as_json:
        print_json({"items": found, "unreadable": unreadable})
        return
    if found:
        print_models(found)
    for each in unreadable:
        typer.echo(printable(f"model {each['id']} cannot be read: {each['reason']}"), err=True)
    if not found and not unreadable:
        typer.echo("no models", err=True)


@app.command("show")
def show_model(model_id: ModelId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Show one model: how it was trained and how well it does."""
    from cli.display.model_text import print_model  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        model = client.model(model_id)
    if as_json:
        print_json(model)
    else:
        print_model(model)


@app.command("pull")
def pull_model(
    model_id: ModelId,
    to: Annotated[Path | None, typer.Option(help="Folder to fill.", show_default="./<id>")] = None,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Download a model with its card and curves. Run it again to continue where it stopped."""
    from florescope.client import Client  # noqa: PLC0415
    from florescope.download.safe_path import safe_path  # noqa: PLC0415

    with Client(api) as client:
        folder = to or safe_path(Path(), model_id)
        fetched = client.fetch_model(model_id, folder)
    downloaded = [each.file.name for each in fetched if each.downloaded]
    skipped = [each.file.name for each in fetched if not each.downloaded]
    if as_json:
        print_json({"model": model_id, "folder": str(folder), "downloaded": downloaded, "skipped": skipped})
    else:
        typer.echo(f"{len(downloaded)} files fetched, {len(skipped)} were there: {folder}")
