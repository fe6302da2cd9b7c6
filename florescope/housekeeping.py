"""Deletes, restores and archives things of an API, and tells how much room they take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from florescope.download.save_answer import save_answer
from florescope.http.connection import Connection, Json
from florescope.http.job_calls import job_path
from florescope.http.path_segment import segment, segments

IMPORT_S = 3600.0
"""An import checks and stores the whole file before it answers."""
_ADDRESSES = {
    "store:datasets/": "/v1/datasets/",
    "model:": "/v1/models/",
    "upload:": "/v1/uploads/",
    "features:": "/v1/features/",
}


def thing_path(name: str) -> str:
    """The address of a thing: ``store:datasets/mine``, ``model:<id>``, ``upload:<sha256>``, ``features:<digest>``.

    Anything else is the id of a job.
    """
    for start, address in _ADDRESSES.items():
        if name.startswith(start):
            return address + segments(name.removeprefix(start).strip("/"))
    return job_path(name)


def names_a_job(name: str) -> bool:
    """Whether the thing is a job."""
    return not name.startswith(tuple(_ADDRESSES))


class Housekeeping:
    """What can be done with old things; a thing is named as ``thing_path`` says."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def dependents(self, name: str) -> Json:
        """The jobs that a thing has started (``parts``), and those that use it (``dependents``)."""
        return self._connection.call("GET", f"{thing_path(name)}/dependents", holds="dependents")

    def delete(self, name: str, *, with_dependents: bool = False) -> list[Json]:
        """Delete a thing and what goes with it; it can be restored within a day.

        Raises:
            Refused: it is not over, or others use it, and they were not to be deleted.
        """
        query = {"with_dependents": "true"} if with_dependents else {}
        return self._connection.items("DELETE", thing_path(name), params=query)

    def restore(self, name: str) -> list[Json]:
        """Bring back a thing, and all that was deleted with it."""
        return self._connection.items("POST", f"{thing_path(name)}:restore")

    def archive(self, name: str, *, archived: bool = True) -> Json:
        """Leave a job, a model or a data set out of the lists, or have them show it again."""
        action = "archive" if archived else "unarchive"
        return self._connection.call("POST", f"{thing_path(name)}:{action}", holds="links")

    def deleted(self) -> list[Json]:
        """What is deleted, and until when that can be undone."""
        return self._connection.items("GET", "/v1/deleted")

    def usage(self) -> Json:
        """Objects and bytes in the store by project, kind and submitter, and when they were counted."""
        return self._connection.call("GET", "/v1/usage", holds="submitters")

    def retention(self, project: str) -> Json:
        """How long what a project has is kept; None: for ever."""
        return self._connection.call("GET", self._retention(project), holds="keep")

    def set_retention(self, project: str, retention: Mapping[str, str | None]) -> Json:
        """Set how long what a project has is kept, as an admin."""
        return self._connection.call("PUT", self._retention(project), json=dict(retention), holds="keep")

    def shared_retention(self) -> Json:
        """How long what all projects share is kept, which is features; None: for ever."""
        return self._connection.call("GET", "/v1/retention", holds="features")

    def set_shared_retention(self, retention: Mapping[str, str | None]) -> Json:
        """Set how long what all projects share is kept, as an admin of all of them."""
        return self._connection.call("PUT", "/v1/retention", json=dict(retention), holds="features")

    def clean_up(self, *, dry_run: bool = False) -> Json:
        """Delete what is kept no longer, and remove what was deleted a day ago, as an operator."""
        return self._connection.call(
            "POST", "/v1/cleanup", params={"dry_run": "true"} if dry_run else {}, holds="expired"
        )

    def export_job(self, job_id: str, path: Path | str) -> int:
        """Write a job that is over to a file, which appears once it is whole; returns its size in bytes."""
        save_answer(self._connection, f"{job_path(job_id)}/export", Path(path))
        return Path(path).stat().st_size

    def import_job(self, path: Path | str) -> Json:
        """Take in a job that was exported; the job as the API shows it.

        Raises:
            Refused: the file is damaged, a later release wrote it, or there is a job of its id.
        """
        return self._connection.upload("/v1/jobs:import", Path(path), timeout=IMPORT_S, holds="links")

    @staticmethod
    def _retention(project: str) -> str:
        return f"/v1/projects/{segment(project)}/retention"
