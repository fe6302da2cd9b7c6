"""The command ``florescope preview``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import (
    DEFAULT_API,
    Api,
    AsJson,
    Dataset,
    Deadline,
    ImageSize,
    JobName,
    Label,
    Mixing,
    Notify,
    Pipeline,
    Policy,
    Priority,
    Seed,
    SpecFile,
    Wait,
)
from cli.commands.spec_document import spec_document
from cli.commands.submit_document import submit_document
from cli.commands.turn import Turn


def preview(  # noqa: PLR0913  (one parameter per option)
    *,
    dataset: Dataset = None,
    label: Label = None,
    split: Annotated[str | None, typer.Option(help="For example train, or train[0:200].")] = None,
    name: JobName = None,
    pipeline: Pipeline = None,
    policy: Policy = None,
    mixing: Mixing = None,
    images: Annotated[int | None, typer.Option(help="How many to show.")] = None,
    image_size: ImageSize = None,
    seed: Seed = None,
    notify: Notify = None,
    spec: SpecFile = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Draw what training would see: images above their augmented versions. `florescope fetch` gets the picture."""
    options = {
        "name": name,
        "notify": notify,
        "dataset": dataset,
        "label": label,
        "split": split,
        "pipeline": pipeline,
        "augmentation.policy": policy,
        "mixing.kind": mixing,
        "images": images,
        "image_size": image_size,
        "seed": seed,
    }
    document = spec_document("preview", file=spec, options=options)
    submit_document(document, api=api, wait=wait, as_json=as_json, turn=Turn(priority, deadline))
