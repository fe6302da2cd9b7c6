"""The command ``florescope models import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.class_names.class_file import read_class_names
from cli.commands.options import DEFAULT_API, Api, AsJson, Deadline, Notify, Priority, Wait
from cli.commands.spec_document import spec_document
from cli.commands.turn import Turn
from cli.errors import Usage


def import_model(  # noqa: PLR0913  (one parameter per option)
    file: Annotated[Path, typer.Argument(help="What model.save wrote: a .keras or .h5 file.", dir_okay=False)],
    *,
    preprocessing: Annotated[
        str,
        typer.Option(
            help="What its input expects of RGB, 0..255: none (does it itself), zero_to_one, minus_one_to_one, "
            "caffe, torch, or a backbone's name."
        ),
    ],
    classes: Annotated[
        str | None,
        typer.Option(help="Names in the order of the outputs: a,b,c, or a file (lines, JSON, CSV); or how many."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What you call the model.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Height in pixels, where the model takes any.")] = None,
    image_width: Annotated[int | None, typer.Option(help="Width, where it is not the height.")] = None,
    feature_layer: Annotated[
        str | None, typer.Option(help="For GradCAM.", show_default="the last spatial activation")
    ] = None,
    notify: Notify = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Publish a Keras model that was trained elsewhere. No code in the file is run, here or on the server."""
    options = {
        "preprocessing": preprocessing,
        "classes": _classes(classes) if classes else None,
        "name": name,
        "image_size": image_size,
        "image_width": image_width,
        "feature_layer": feature_layer,
        "notify": notify,
    }
    _check_size(file)
    from cli.commands.submit import submit  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415  (the HTTP client loads only when used)

    with Client(api) as client:
        upload = client.upload(file)
    document = spec_document("import", file=None, options={"upload": upload, **options})
    submit(document, url=api, wait=wait, as_json=as_json, turn=Turn(priority, deadline))


def _classes(given: str) -> Any:
    """A number, or names: from a file, or separated by commas."""
    if given.isdecimal():
        return int(given)
    path = Path(given)
    if not path.is_file():
        if "," not in given:
            raise Usage(f"--classes {given}: no such file, and neither a number nor names joined by commas")
        return [name.strip() for name in given.split(",") if name.strip()]
    return read_class_names(path)


def _check_size(file: Path) -> None:
    from jobs.specs.import_spec import MAX_MODEL_BYTES  # noqa: PLC0415  (pydantic is slow to load)

    if not file.is_file():
        raise Usage(f"{file}: there is no such file")
    size = file.stat().st_size
    if size > MAX_MODEL_BYTES:
        raise Usage(f"{file} has {size >> 20} MiB, more than the {MAX_MODEL_BYTES >> 20} MiB that are taken")
