"""Finds the project of the job or the model that a request is about; what was found is kept for an hour."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from api.backend import Backend
from api.http.caller import Caller
from api.readers.jobs.job_documents import no_such_job
from jobs.errors import ObjectNotFound
from jobs.housekeeping.thing import job_thing
from store.kept_hour import this_hour
from store.key import InvalidKey

MOST_KEPT = 10_000
"""Of jobs and of models: a few hundred bytes each."""


class Subjects:
    """The projects of jobs and models. For the event loop: not safe among threads.

    A project never changes, but a job that was deleted and removed for good may be imported into another one. So the
    project of a deleted job is not kept, and that of any other for an hour: deleted jobs stay for a day.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._kept: OrderedDict[tuple[str, str], tuple[str, int]] = OrderedDict()

    async def job(self, job_id: str, caller: Caller) -> str:
        """The project of a job that this caller sees.

        Raises:
            ObjectNotFound: there is no such job, or none that the caller may know of; both read the same.
        """
        project = await self._project("job", job_id, self._backend.jobs.project)
        if project is None or not caller.sees(project):
            raise no_such_job(job_id)
        return project

    async def model(self, model_id: str, caller: Caller) -> str:
        """The project of a model that this caller sees.

        Raises:
            ObjectNotFound: there is no such model, or none that the caller may know of; both read the same.
        """
        project = await self._project("model", model_id, self._backend.reports.project_of_model)
        if project is None or not caller.sees(project):
            raise ObjectNotFound(f"there is no model {model_id!r}: GET /v1/models lists those there are")
        return project

    async def _project(self, kind: str, name: str, read: Callable[[str], str]) -> str | None:
        hour, (found, read_in) = this_hour(), self._kept.get((kind, name), ("", -1))
        if read_in == hour:
            return found
        try:
            found, deleted = await run_in_threadpool(self._read, name, read)
        except (ObjectNotFound, InvalidKey):
            return None
        if not deleted:
            self._kept[kind, name] = found, hour
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _read(self, name: str, read: Callable[[str], str]) -> tuple[str, bool]:
        """The project, and whether the job is deleted, which must be asked first: it may be removed meanwhile."""
        deleted = job_thing(name) in self._backend.deleted
        return read(name), deleted
