"""Calls whose answer is a job."""

from __future__ import annotations

import re
from typing import Any

from florescope.errors import ApiUnreachable, NotFound
from florescope.http.connection import Connection, lost
from florescope.http.foreign_answer import foreign
from florescope.job_view import JobView, read_job

_ID = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 64
SUBMIT_TRIES = 3


def job_path(job_id: str) -> str:
    """The address of a job below the API.

    Raises:
        NotFound: this can be no id.
    """
    if not _ID.fullmatch(job_id):
        raise NotFound(f"there is no job {job_id[:_SHOWN]!r}: ids are letters and digits")
    return f"/v1/jobs/{job_id}"


def ask_job(connection: Connection, method: str, path: str, **options: Any) -> JobView:
    """The job that a call answers with; raises as ``Connection.send`` does."""
    return read_view(connection, connection.call(method, path, **options))


def submit_job(connection: Connection, path: str, *, key: str, **options: Any) -> JobView:
    """Submit a job; where the answer is lost, again under the same Idempotency-Key, so that there is one job."""
    for left in reversed(range(SUBMIT_TRIES)):
        try:
            return ask_job(connection, "POST", path, headers={"Idempotency-Key": key}, **options)
        except ApiUnreachable as error:
            if not lost(error) or not left:
                raise
    raise AssertionError("the last try returns or raises")


def read_view(connection: Connection, document: Any) -> JobView:
    """A job of this API.

    Raises:
        ApiUnreachable: the document is no job.
    """
    try:
        return read_job(document)
    except ValueError as error:
        raise foreign(connection.url, str(error)) from error
