"""Finds the job that a command line names: by its id, by the beginning of it, or as ``@last``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cli.last_job import LAST, last_job
from florescope.client import Client
from florescope.errors import NotFound
from florescope.job import Job

_WHOLE_ID = re.compile(r"[0-9a-z]{26}")
_PREFIX = "job:"
_NAMING_A_JOB = ("first", "second", "explanation")
"""Fields of specifications that hold a job, also without ``job:`` before it."""
_TEXT = "name"
"""The field that people write as they like: ``job:`` in it names no job."""


def find_job(client: Client, name: str) -> Job:
    """The job that is meant.

    Raises:
        Usage: ``@last``, and nothing was submitted from here.
        NotFound: there is no such job.
        AmbiguousId: the id of several jobs begins so.
    """
    if name == LAST:
        return client.job(last_job(client.url))
    try:
        return client.job(name)
    except NotFound:
        if _WHOLE_ID.fullmatch(name):
            raise
        return client.find_job(name)


def with_whole_ids(client: Client, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The specification with whole ids where it names jobs: ``job:@last`` or ``job:`` and the beginning of an id.

    Raises:
        Usage, NotFound, AmbiguousId: as ``find_job``.
    """
    return {field: value if field == _TEXT else _with_whole_id(client, field, value) for field, value in spec.items()}


def _with_whole_id(client: Client, field: str, value: Any) -> Any:
    if not isinstance(value, str) or not (value == LAST or value.startswith(_PREFIX) or field in _NAMING_A_JOB):
        return value
    name = value.removeprefix(_PREFIX)
    return value if _WHOLE_ID.fullmatch(name) else f"{_PREFIX}{find_job(client, name).id}"
