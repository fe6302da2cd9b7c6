"""The command ``florescope preview``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, Dataset, SpecFile, Wait
from cli.commands.spec_document import spec_document


def preview(  # noqa: PLR0913  (one parameter per option)
    *,
    dataset: Dataset = None,
    split: Annotated[str | None, typer.Option(help="For example train, or train[0:200].")] = None,
    name: Annotated[str | None, typer.Option(help="What you call the job.")] = None,
    pipeline: Annotated[str | None, typer.Option(help="baseline or augmented.")] = None,
    mixing: Annotated[str | None, typer.Option(help="none, mixup, cutmix or both.")] = None,
    images: Annotated[int | None, typer.Option(help="How many to show.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Side of the square input, pixels.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything that is random.")] = None,
    spec: SpecFile = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Draw what training would see: images above their augmented versions. `florescope fetch` gets the picture."""
    options = {
        "name": name,
        "dataset": dataset,
        "split": split,
        "pipeline": pipeline,
        "mixing": mixing,
        "images": images,
        "image_size": image_size,
        "seed": seed,
    }
    document = spec_document("preview", file=spec, options=options)
    from cli.commands.submit import submit  # noqa: PLC0415  (the HTTP client loads only when used)

    submit(document, url=api, wait=wait, as_json=as_json)
