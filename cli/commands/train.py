"""The command ``florescope train``."""

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


def train(  # noqa: PLR0913  (one parameter per option)
    *,
    dataset: Dataset = None,
    label: Label = None,
    name: Annotated[str | None, typer.Option(help="What you call the job and its model.")] = None,
    notify: Notify = None,
    train_split: Annotated[str | None, typer.Option(help="Split to train on.")] = None,
    validation_split: Annotated[str | None, typer.Option(help="Split to choose the best epoch by.")] = None,
    test_split: Annotated[str | None, typer.Option(help="Split to test the published model on.")] = None,
    backbone: Annotated[str | None, typer.Option(help="ResNet50, MobileNetV2, SmallCNN, ...")] = None,
    weights: Annotated[str | None, typer.Option(help="imagenet or none.")] = None,
    image_size: ImageSize = None,
    pipeline: Pipeline = None,
    policy: Policy = None,
    mixing: Mixing = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training split.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of the optimizer.")] = None,
    fine_tune_epochs: Annotated[int | None, typer.Option(help="Epochs of fine-tuning.")] = None,
    fine_tune_layers: Annotated[str | None, typer.Option(help="Last layers to fine-tune, or all.")] = None,
    fine_tune_learning_rate: Annotated[float | None, typer.Option(help="While fine-tuning.")] = None,
    average_last: Annotated[
        int | None, typer.Option(help="Try means of the weights after so many last epochs of fine-tuning.")
    ] = None,
    stochastic_depth: Annotated[
        float | None, typer.Option(help="How often fine-tuning leaves out the last residual branch, 0 to 1.")
    ] = None,
    refit_of: Annotated[str | None, typer.Option(help="Training whose epochs are repeated on more images.")] = None,
    folds: Annotated[int | None, typer.Option(help="Also predict all training images, by folds.")] = None,
    seed: Seed = None,
    spec: SpecFile = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Train a classifier. Options that are not given take the API's defaults, which its page /new shows.

    For example: florescope train --dataset synthetic_flowers --backbone SmallCNN --weights none --image-size 64
    """
    options = {
        "name": name,
        "notify": notify,
        "dataset": dataset,
        "label": label,
        "splits.train": train_split,
        "splits.validation": validation_split,
        "splits.test": test_split,
        "backbone": backbone,
        "weights": weights,
        "image_size": image_size,
        "pipeline": pipeline,
        "augmentation.policy": policy,
        "mixing.kind": mixing,
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer.learning_rate": learning_rate,
        "fine_tune.epochs": fine_tune_epochs,
        "fine_tune.layers": fine_tune_layers,
        "fine_tune.learning_rate": fine_tune_learning_rate,
        "fine_tune.average_last": average_last,
        "fine_tune.stochastic_depth": stochastic_depth,
        "refit_of": refit_of,
        "folds": folds,
        "seed": seed,
    }
    document = spec_document("train", file=spec, options=options)
    submit_document(document, api=api, wait=wait, as_json=as_json, turn=Turn(priority, deadline))
