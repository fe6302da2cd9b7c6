"""The command ``florescope explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.methods import method_options
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
from jobs.specs.explanation_methods import METHODS

METHODS_HELP = f"{', '.join(METHODS)}, or one that 'florescope methods' lists; repeat for several."
OPTION_HELP = "Of a method that a package adds, such as occlusion.window=16; repeat for several."
METRICS = "completeness, deletion, insertion, localization, randomization; repeat for several."


def explain(  # noqa: PLR0913  (one parameter per option)
    *,
    model: Model = None,
    dataset: Dataset = None,
    label: Label = None,
    split: Annotated[str | None, typer.Option(help="For example test, or test[0:64].")] = None,
    name: JobName = None,
    notify: Notify = None,
    method: Annotated[list[str] | None, typer.Option(help=METHODS_HELP)] = None,
    method_option: Annotated[list[str] | None, typer.Option(help=OPTION_HELP)] = None,
    target: Annotated[str | None, typer.Option(help="predicted, true, top:K or a class index.")] = None,
    score: Annotated[
        str | None, typer.Option(help="centred, logit, log_probability, against:second, against:true or against:CLASS.")
    ] = None,
    contrast: Annotated[
        str | None, typer.Option(help="wrong: maps of wrong predictions against the true class too; none.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="A spatial layer, for GradCAM; default: the model's own.")] = None,
    baseline: Annotated[str | None, typer.Option(help="Of IG: black, white, mean, blur or random:N.")] = None,
    tolerance: Annotated[float | None, typer.Option(help="Of IG: relative error of the sum to reach.")] = None,
    map_tolerance: Annotated[float | None, typer.Option(help="Of IG: relative error of the map to reach.")] = None,
    max_evaluations: Annotated[int | None, typer.Option(help="Of IG: gradients per image.")] = None,
    noise_samples: Annotated[int | None, typer.Option(help="Number of noisy copies whose maps are averaged.")] = None,
    noise_stddev: Annotated[float | None, typer.Option(help="Of the noise, as a share of the range 0 to 255.")] = None,
    output: Annotated[list[str] | None, typer.Option(help="overlay, raw; repeat for several.")] = None,
    metric: Annotated[list[str] | None, typer.Option(help=METRICS)] = None,
    metrics_sample: Annotated[
        int | None, typer.Option(help="Number of images that get the costly metrics; default: all.")
    ] = None,
    faithfulness: Annotated[
        str | None, typer.Option(help="Protocol of deletion and insertion: florescope or rise.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="auto, float32 or bfloat16; default: auto on a GPU, float32 on a CPU.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images at once; default: chosen by the worker.")] = None,
    shard_size: ShardSize = None,
    max_failure_rate: MaxFailureRate = None,
    spec: SpecFile = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Explain every image of a split. Options that are not given take the API's defaults, which its page /new shows.

    For example: florescope explain --model job:@last --dataset synthetic_flowers --split test
    """
    options = {
        "name": name,
        "notify": notify,
        "model": model,
        "dataset": dataset,
        "label": label,
        "split": split,
        "methods": method,
        "target": int(target) if target and target.isdecimal() else target,
        "score": score,
        "contrast": contrast,
        "layer": layer,
        "ig.baseline": baseline,
        "ig.tolerance": tolerance,
        "ig.map_tolerance": map_tolerance,
        "ig.max_evaluations": max_evaluations,
        "noise.samples": noise_samples,
        "noise.stddev": noise_stddev,
        "outputs": output,
        "metrics": metric,
        "metrics_sample": metrics_sample,
        "faithfulness": faithfulness,
        "precision": precision,
        "batch_size": batch_size,
        "shard_size": shard_size,
        "max_failure_rate": max_failure_rate,
    }
    document = spec_document("explain", file=spec, options=options, exactly=method_options(method_option or []))
    submit_document(document, api=api, wait=wait, as_json=as_json, turn=Turn(priority, deadline))
