"""The command ``florescope compare``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.complete_job import complete_job
from cli.commands.options import DEFAULT_API, Api, AsJson, Deadline, JobName, Notify, Priority, Seed, Wait
from cli.commands.spec_document import spec_document
from cli.commands.submit_document import submit_document
from cli.commands.turn import Turn

FirstJob = Annotated[
    str,
    typer.Argument(
        help="An explanation or an evaluation: its id, or the beginning of it, or @last.", autocompletion=complete_job
    ),
]
SecondJob = Annotated[
    str, typer.Argument(help="Another one of the same images; both are waited for.", autocompletion=complete_job)
]


def compare(  # noqa: PLR0913  (one parameter per option)
    first: FirstJob,
    second: SecondJob,
    *,
    name: JobName = None,
    notify: Notify = None,
    seed: Seed = None,
    priority: Priority = None,
    deadline: Deadline = None,
    wait: Wait = True,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Compare two jobs on the same images: what the second mends and breaks, and how alike their maps are."""
    options = {"first": first, "second": second, "name": name, "notify": notify, "seed": seed}
    document = spec_document("compare", file=None, options=options)
    submit_document(document, api=api, wait=wait, as_json=as_json, turn=Turn(priority, deadline))
