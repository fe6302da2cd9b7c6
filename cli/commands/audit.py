"""The command ``florescope audit``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.gate import read_gates, refused
from cli.commands.options import (
    DATASET_HELP,
    DEFAULT_API,
    MODEL_HELP,
    Api,
    AsJson,
    Deadline,
    JobName,
    Label,
    MaxFailureRate,
    Notify,
    Priority,
    Seed,
    ShardSize,
    SpecFile,
    Wait,
)
from cli.commands.spec_document import spec_document
from cli.display.plain_text import printable
from cli.errors import Usage
from cli.exit_code import ExitCode, exit_code_of

FAIL_ON = "Exit with code 11 on such findings: shortcut:high, leak, any:medium; repeat for several."


def audit(  # noqa: PLR0913  (one parameter per option)
    *,
    model: Annotated[str | None, typer.Argument(help=MODEL_HELP)] = None,
    dataset: Annotated[str | None, typer.Argument(help=DATASET_HELP)] = None,
    label: Label = None,
    split: Annotated[str | None, typer.Option(help="The images to audit by, for example test.")] = None,
    training_split: Annotated[str | None, typer.Option(help="What the model learnt from; default: train.")] = None,
    without_training: Annotated[
        bool, typer.Option("--without-training-split", help="Look at no training split.")
    ] = False,
    explanation: Annotated[
        str | None, typer.Option(help="job:JOB of an explanation of the same images; default: a new one.")
    ] = None,
    looks_for: Annotated[
        list[str] | None, typer.Option(help="shortcuts, labels, duplicates, pictures, slices; repeat for several.")
    ] = None,
    name: JobName = None,
    notify: Notify = None,
    shard_size: ShardSize = None,
    max_failure_rate: MaxFailureRate = None,
    seed: Seed = None,
    fail_on: Annotated[list[str] | None, typer.Option(help=FAIL_ON)] = None,
    spec: SpecFile = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Look for what a model learnt that it should not have, and for faults of the data behind it."""
    gates = read_gates(fail_on or [])
    if gates and not wait:
        raise Usage("--fail-on needs the findings, so it waits for them: leave out --no-wait")
    if without_training and training_split:
        raise Usage("--without-training-split means none: leave out one of the two")
    options = {
        "name": name,
        "notify": notify,
        "model": model,
        "dataset": dataset,
        "label": label,
        "split": split,
        "training_split": training_split,
        "explanation": explanation,
        "looks_for": looks_for,
        "shard_size": shard_size,
        "max_failure_rate": max_failure_rate,
        "seed": seed,
    }
    document = spec_document("audit", file=spec, options=options)
    if without_training:
        document["training_split"] = None
    from cli.commands.submit import follow_to_end  # noqa: PLC0415
    from cli.job_reference import with_whole_ids  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415  (the HTTP client loads only when used)

    with Client(api) as client:
        job = client.submit(with_whole_ids(client, document), priority=priority, deadline=deadline)
        view = follow_to_end(client, job, wait=wait, as_json=as_json)
    if gates:
        for missed in view.summary.get("left_out", ()):
            typer.echo(f"left out: {printable(str(missed))}", err=True)
    found = refused(view.summary.get("findings", {}), gates)
    if found and exit_code_of(view.state) in {ExitCode.OK, ExitCode.COMPLETED_WITH_ERRORS}:
        typer.echo(f"not accepted by --fail-on: {', '.join(found)}", err=True)
        raise typer.Exit(ExitCode.FINDINGS)
    raise typer.Exit(exit_code_of(view.state))
