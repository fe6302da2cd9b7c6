"""The command ``florescope evaluate``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import (
    DEFAULT_API,
    Api,
    AsJson,
    Dataset,
    Deadline,
    JobName,
    Label,
    MaxFailureRate,
    Model,
    Notify,
    Priority,
    ShardSize,
    SpecFile,
    Wait,
)
from cli.commands.spec_document import spec_document
from cli.commands.submit_document import submit_document
from cli.commands.turn import Turn
from cli.errors import Usage


def evaluate(  # noqa: PLR0913  (one parameter per option)
    *,
    model: Model = None,
    dataset: Dataset = None,
    label: Label = None,
    split: Annotated[str | None, typer.Option(help="For example test, or test[0:256].")] = None,
    name: JobName = None,
    notify: Notify = None,
    corruption: Annotated[
        list[str] | None, typer.Option(help="brightness, rotation, background, ...; repeat for several.")
    ] = None,
    clean: Annotated[bool, typer.Option("--clean", help="Only the images as they are, no corruption.")] = False,
    severity: Annotated[list[int] | None, typer.Option(help="1 to 5; repeat for several.")] = None,
    baseline_model: Annotated[str | None, typer.Option(help="Published model whose errors to divide by.")] = None,
    view: Annotated[
        list[str] | None,
        typer.Option(help="flip or scales; repeat for both: predict each image by the mean of such views, too."),
    ] = None,
    compared_with: Annotated[
        str | None, typer.Option(help="Id of an earlier evaluation, to be compared with image by image.")
    ] = None,
    gradcam_shift: Annotated[
        bool | None, typer.Option("--gradcam-shift/--no-gradcam-shift", help="Measure how far GradCAM moves.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per call of the network.")] = None,
    shard_size: ShardSize = None,
    max_failure_rate: MaxFailureRate = None,
    seed: Annotated[int | None, typer.Option(help="Of everything that a corruption draws.")] = None,
    spec: SpecFile = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Evaluate a model on a split, on the images as they are and under corruption.

    Without --corruption and --clean: under every corruption at every severity.

    For example: florescope evaluate --model job:@last --dataset synthetic_flowers --split test --clean
    """
    if clean and corruption:
        raise Usage("--clean means without corruptions: leave out --clean or --corruption")
    options = {
        "name": name,
        "notify": notify,
        "model": model,
        "dataset": dataset,
        "label": label,
        "split": split,
        "corruptions": corruption,
        "severities": severity,
        "baseline_model": baseline_model,
        "views": view,
        "compared_with": compared_with,
        "gradcam_shift": gradcam_shift,
        "batch_size": batch_size,
        "shard_size": shard_size,
        "max_failure_rate": max_failure_rate,
        "seed": seed,
    }
    document = spec_document("evaluate", file=spec, options=options)
    if clean:
        document["corruptions"] = []
    submit_document(document, api=api, wait=wait, as_json=as_json, turn=Turn(priority, deadline))
