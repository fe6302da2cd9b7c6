"""Calls whose answer is a job."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from florescope.errors import ApiUnreachable
from florescope.http.connection import Connection
from florescope.job_view import JobView, read_job


def job_path(job_id: str) -> str:
    """The address of a job below the API."""
    return f"/v1/jobs/{quote(job_id, safe='')}"


def ask_job(connection: Connection, method: str, path: str, **options: Any) -> JobView:
    """The job that a call answers with; raises as ``Connection.send`` does."""
    return read_view(connection, connection.call(method, path, **options))


def read_view(connection: Connection, document: Any) -> JobView:
    """A job of this API.

    Raises:
        ApiUnreachable: the document is no job.
    """
    try:
        return read_job(document)
    except ValueError as error:
        raise ApiUnreachable(f"{connection.url} answers, but is not a Florescope API: {error}") from error
