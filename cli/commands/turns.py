"""The commands ``florescope priority``, ``pause`` and ``resume``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, JobId

PriorityName = Annotated[str, typer.Argument(metavar="PRIORITY", help="high, normal or low.")]
Deadline = Annotated[
    str | None,
    typer.Option(help="A job that has not ended by then is ended, such as 2026-12-01T08:00Z; '': none any more."),
]


def priority(
    job_id: JobId, level: PriorityName, *, deadline: Deadline = None, as_json: AsJson = False, api: Api = DEFAULT_API
) -> None:
    """Give a job another priority among those of its project, while it waits or runs."""
    from cli.commands import submit  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        job = find_job(client, job_id).prioritize(level, deadline=deadline)
        submit.show(job.last, url=client.url, as_json=as_json)


def pause(job_id: JobId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Take no further step of a job; those under way end first, a training stops. Needs an operator's key."""
    from cli.commands import submit  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        submit.show(find_job(client, job_id).pause().last, url=client.url, as_json=as_json)


def resume(job_id: JobId, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Let a paused job go on where it was. Needs an operator's key."""
    from cli.commands import submit  # noqa: PLC0415
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        submit.show(find_job(client, job_id).resume().last, url=client.url, as_json=as_json)
