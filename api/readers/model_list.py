"""Lists the models that the caller of the present request sees, reading none of them."""

from __future__ import annotations

from contextlib import suppress

from api.http.caller import current_caller
from api.readers.jobs.job_reader import JobReader
from api.readers.report_reader import ReportReader
from jobs.errors import ObjectNotFound
from jobs.names.project_name import NO_PROJECT


class ModelList:
    """Ids of models. A model has the id of the job that made it, whose project the index of jobs knows."""

    def __init__(self, reports: ReportReader, jobs: JobReader) -> None:
        self._reports = reports
        self._jobs = jobs

    def ids(self, *, archived: bool = False) -> list[str]:
        """The newest first: those that are archived, or the others."""
        away = self._jobs.archived()
        ids = [model_id for model_id in self._reports.all_model_ids() if (model_id in away) == archived]
        caller = current_caller()
        if caller.projects is None:
            return ids
        known = dict(self._jobs.projects(ids))
        return [model_id for model_id in ids if caller.sees(known.get(model_id) or self._stored(model_id))]

    def _stored(self, model_id: str) -> str:
        """What a model says whose job is not there."""
        with suppress(ObjectNotFound):  # removed since it was listed
            return self._reports.project_of_model(model_id)
        return NO_PROJECT
