"""The command ``florescope sweep``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, Deadline, Notify, Priority, SpecFile, Wait
from cli.commands.spec_document import require_finite, spec_document
from cli.commands.submit_document import submit_document
from cli.commands.turn import Turn
from cli.errors import Usage


def sweep(  # noqa: PLR0913  (one parameter per option)
    *,
    grid: Annotated[list[str] | None, typer.Option(help="FIELD=V1,V2,...; repeat for several fields.")] = None,
    base: Annotated[
        Path | None, typer.Option(help="A JSON file with the training that all trials have in common.", dir_okay=False)
    ] = None,
    name: Annotated[str | None, typer.Option(help="What you call the sweep and its best model.")] = None,
    notify: Notify = None,
    parallel: Annotated[int | None, typer.Option(help="Trials under way at once.")] = None,
    halving_factor: Annotated[int | None, typer.Option(help="One in this many trials trains longer.")] = None,
    halving_min_epochs: Annotated[int | None, typer.Option(help="Epochs of the first round.")] = None,
    spec: SpecFile = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Train with different settings and publish the best model. Options that are not given take the API's defaults.

    For example: florescope sweep --base train.json --grid optimizer.learning_rate=0.001,0.0003 --grid batch_size=16,32
    """
    options = {
        "name": name,
        "notify": notify,
        "parallel": parallel,
        "halving.factor": halving_factor,
        "halving.min_epochs": halving_min_epochs,
    }
    document = spec_document("sweep", file=spec, options=options)
    if base is not None:
        document["base"] = spec_document("train", file=base, options={}, named="--base")
    if grid:
        document["grid"] = {**_axes(document.get("grid"), spec), **read_grid(grid)}
    require_finite(document)
    submit_document(document, api=api, wait=wait, as_json=as_json, turn=Turn(priority, deadline))


def _axes(grid: Any, file: Path | None) -> dict[str, Any]:
    """The grid of the file, which axes of the command line are added to."""
    if grid is not None and not isinstance(grid, dict):
        raise Usage(f'--spec {file}: its grid is no JSON object, such as {{"batch_size": [16, 32]}}')
    return grid or {}


def read_grid(axes: Sequence[str]) -> dict[str, list[Any]]:
    """Parse ``batch_size=16,32`` into ``{"batch_size": [16, 32]}``.

    Raises:
        Usage: there is no ``=``, or nothing on one side of it.
    """
    grid = {}
    for axis in axes:
        field, _, values = (part.strip() for part in axis.partition("="))
        if not field or not values:
            raise Usage(f"--grid {axis}: expected FIELD=V1,V2,..., for example batch_size=16,32")
        grid[field] = [_value(text.strip()) for text in values.split(",")]
    return grid


def _value(text: str) -> Any:
    """Parse a number, true, false or null; anything else is text."""
    try:
        return json.loads(text)
    except ValueError:  # no JSON, or a number of thousands of digits
        return text
