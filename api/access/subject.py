"""Finds the project of the job or the model that a request is about; what was found once is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from api.backend import Backend
from api.http.caller import Caller
from api.readers.jobs.job_documents import no_such_job
from jobs.errors import ObjectNotFound
from store.key import InvalidKey

MOST_KEPT = 10_000
"""Of jobs and of models: a few hundred bytes each."""


class Subjects:
    """The projects of jobs and models, which never change. For the event loop: not safe among threads."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._kept: OrderedDict[str, str] = OrderedDict()

    async def job(self, job_id: str, caller: Caller) -> str:
        """The project of a job that this caller sees.

        Raises:
            ObjectNotFound: there is no such job, or none that the caller may know of; both read the same.
        """
        project = await self._project(f"job {job_id}", lambda: self._backend.jobs.project(job_id))
        if project is None or not caller.sees(project):
            raise no_such_job(job_id)
        return project

    async def model(self, model_id: str, caller: Caller) -> str:
        """The project of a model that this caller sees.

        Raises:
            ObjectNotFound: there is no such model, or none that the caller may know of; both read the same.
        """
        project = await self._project(f"model {model_id}", lambda: self._backend.reports.project_of_model(model_id))
        if project is None or not caller.sees(project):
            raise ObjectNotFound(f"there is no model {model_id!r}: GET /v1/models lists those there are")
        return project

    async def _project(self, name: str, read: Callable[[], str]) -> str | None:
        if name not in self._kept:
            try:
                found = await run_in_threadpool(read)
            except (ObjectNotFound, InvalidKey):
                return None
            self._kept[name] = found
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[name]
