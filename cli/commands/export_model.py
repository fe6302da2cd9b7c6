"""The command ``florescope export-model``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import (
    DEFAULT_API,
    MODEL_HELP,
    Api,
    AsJson,
    Deadline,
    JobName,
    Notify,
    Priority,
    SpecFile,
    Wait,
)
from cli.commands.spec_document import spec_document
from cli.commands.submit_document import submit_document
from cli.commands.turn import Turn


def export_model(  # noqa: PLR0913  (one parameter per option)
    model: Annotated[str | None, typer.Argument(help=MODEL_HELP)] = None,
    *,
    format: Annotated[
        list[str] | None,
        typer.Option(help="keras, saved_model, onnx or litert; repeat for several.", show_default="all of them"),
    ] = None,
    images: Annotated[int | None, typer.Option(help="Pictures on which each file is run first.")] = None,
    name: JobName = None,
    notify: Notify = None,
    spec: SpecFile = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Write a model as files that run without Florescope: pictures in, probabilities out.

    Each file is run, and held against the model, before you get it. `florescope fetch` downloads them.

    For example: florescope export-model job:@last --format onnx
    """
    options = {"name": name, "notify": notify, "model": model, "formats": format, "images": images}
    document = spec_document("export", file=spec, options=options)
    submit_document(document, api=api, wait=wait, as_json=as_json, turn=Turn(priority, deadline))
