"""Defines options that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands.complete_job import complete_job
from florescope.environment import API_URL, DEFAULT_URL

DEFAULT_API = DEFAULT_URL

Api = Annotated[str, typer.Option("--api", envvar=API_URL, help="Address of the API.")]
Store = Annotated[
    str | None,
    typer.Option(
        help="URL of the object store. [env var: FLORESCOPE_STORE_URL]", show_default="the store of `florescope up`"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, and nothing else.")]
MODEL_HELP = (
    "A model's id, or job:JOB of a training job, which is waited for: job:@last, job: and an id or its beginning."
)
Priority = Annotated[str | None, typer.Option(help="high, normal or low: its place among the jobs of your project.")]
Deadline = Annotated[
    str | None,
    typer.Option(help="A time with its zone, as 2030-01-31T18:00+01:00: a job that has not ended by then is ended."),
]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Show progress until the job is over, or just submit it.")]
DATASET_HELP = (
    "synthetic_flowers, a TFDS name, store:datasets/NAME for pictures in the store, or s3://BUCKET/PREFIX for those in "
    "a bucket."
)
Dataset = Annotated[str | None, typer.Option(help=DATASET_HELP)]
Label = Annotated[
    str | None, typer.Option(help="Feature of the data set that holds the labels; default: label, or the only one.")
]
Model = Annotated[str | None, typer.Option(help=MODEL_HELP)]
JobName = Annotated[str | None, typer.Option(help="What you call the job.")]
Notify = Annotated[
    list[str] | None,
    typer.Option(
        help="A channel that is told when the job is over; may be given several times: florescope notify list."
    ),
]
Pipeline = Annotated[str | None, typer.Option(help="baseline or augmented.")]
Policy = Annotated[str | None, typer.Option(help="Augmentation by name: trivial, rand or augmix.")]
Mixing = Annotated[str | None, typer.Option(help="none, mixup, cutmix or both.")]
ImageSize = Annotated[int | None, typer.Option(help="Side of the square input, pixels.")]
ShardSize = Annotated[int | None, typer.Option(help="Images per unit of work.")]
MaxFailureRate = Annotated[float | None, typer.Option(help="Share of images that may fail.")]
Seed = Annotated[int | None, typer.Option(help="Of everything that is random.")]
SpecFile = Annotated[
    Path | None,
    typer.Option("--spec", help="A JSON file to start from; options given beside it win.", dir_okay=False),
]
JOB_HELP = "Id of the job, the beginning of it if no other id begins so, or @last: the last one submitted from here."
JobId = Annotated[str, typer.Argument(metavar="JOB", help=JOB_HELP, autocompletion=complete_job)]


def print_json(document: Any) -> None:
    """Write one JSON document to stdout."""
    typer.echo(json.dumps(document, indent=2))
