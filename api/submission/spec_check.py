"""Checks a specification before its job is taken, without TensorFlow; the planning step checks the rest."""

from __future__ import annotations

from api.http.caller import current_caller
from api.readers.dataset_index import DatasetIndex
from api.readers.jobs.job_documents import no_such_job
from api.readers.jobs.job_reader import JobReader
from api.readers.model_list import ModelList
from api.readers.report_reader import ReportReader
from api.submission.dataset_check import DatasetCheck
from dispatch.housekeeping.deletions import is_deleted
from dispatch.notice.channels import read_channels
from jobs import keys
from jobs.errors import Corrupt, InvalidSpec, NewerVersion, ObjectNotFound, StoreUnavailable
from jobs.housekeeping.thing import upload_thing
from jobs.job import Job
from jobs.models.model import PublishedModel
from jobs.specs.spec import MODEL_KINDS, AnySpec
from jobs.specs.spec_values import job_of
from jobs.state import USABLE
from store.base import ObjectStore
from store.key import InvalidKey

LISTED_MODELS = 10


class SpecCheck:
    """Looks a specification up in what the store has."""

    def __init__(self, store: ObjectStore, jobs: JobReader, reports: ReportReader, datasets: DatasetIndex) -> None:
        self._store = store
        self._jobs = jobs
        self._reports = reports
        self._models = ModelList(reports, jobs)
        self._datasets = DatasetCheck(store, datasets)

    def check(self, spec: AnySpec) -> None:
        """Let a specification pass, or say which field to mend.

        What belongs to another project than the job will is not there.

        Raises:
            InvalidSpec: the data set, the model, the split, the target or a method is not there.
            StoreUnavailable: the store does not answer.
        """
        spec.check_methods()
        self._check_channels(spec)
        needs = spec.needs()
        for field, dataset in needs.datasets.items():
            self._datasets.check(dataset, field=field)
        for field, needed in needs.splits.items():
            self._datasets.check_split(needed, field=field)
        for field, upload in needs.uploads.items():
            self._check_uploaded(upload, field=field)
        for field, job_id in needs.jobs.items():
            self._named_job(job_id, field=field)
        spec.check_results({field: self._ended_well(job_id, field=field) for field, job_id in needs.results.items()})
        for field, name in needs.models.items():
            model = self._model(name, field=field)
            if model is not None:
                spec.check_classes(model.class_names, model=model.id)

    def _check_channels(self, spec: AnySpec) -> None:
        if not spec.notify:
            return
        project = current_caller().project
        known = read_channels(project, self._store)
        for name in spec.notify:
            if known.named(name) is None:
                listed = ", ".join(each.name for each in known.channels) or "none"
                raise InvalidSpec(f"the project {project!r} has no channel {name!r}; it has {listed}", field="notify")

    def _check_uploaded(self, upload: str, *, field: str) -> None:
        project = current_caller().project
        deleted = is_deleted(upload_thing(upload, project), self._store)
        if deleted or self._store.head(keys.upload(upload, project)) is None:
            raise InvalidSpec(f"no file {upload} was uploaded: send it to /v1/uploads first", field=field)

    def _ended_well(self, job_id: str, *, field: str) -> AnySpec:
        """The specification of a job whose results are needed; it may still be under way."""
        job = self._named_job(job_id, field=field)
        end = self._jobs.end(job_id)
        if end is not None and end.state not in USABLE:
            raise InvalidSpec(
                f"job {job_id} is {end.state.value}, so its results are not whole: submit it again", field=field
            )
        return job.spec

    def _named_job(self, job_id: str, *, field: str) -> Job:
        try:
            return self._job(job_id)
        except (ObjectNotFound, InvalidKey) as error:
            message = f"there is no job {job_id!r}: name one that 'florescope jobs' lists"
            raise InvalidSpec(message, field=field) from error

    def _model(self, name: str, *, field: str) -> PublishedModel | None:
        """The model, or None where the job that makes it is still under way."""
        job_id = job_of(name)
        if job_id is not None:
            return self._model_of_job(job_id, field=field)
        try:
            return self._of_project(self._reports.model(name))
        except (ObjectNotFound, InvalidKey) as error:
            raise InvalidSpec(f"there is no model {name!r}: {self._known()}", field=field) from error

    def _model_of_job(self, job_id: str, *, field: str) -> PublishedModel | None:
        try:
            job = self._job(job_id)
        except ObjectNotFound as error:
            raise InvalidSpec(f"there is no job {job_id!r}: {self._known()}", field=field) from error
        if not job.spec.makes_model:
            raise InvalidSpec(
                f"job {job_id} is of kind {job.spec.kind!r}, which makes no model: name one of kind "
                f"{' or '.join(map(repr, MODEL_KINDS))}",
                field=field,
            )
        end = self._jobs.end(job_id)
        if end is not None and end.state not in USABLE:
            raise InvalidSpec(
                f"job {job_id} left no model, it is {end.state.value}: {self._known()}",
                field=field,
            )
        return self._reports.trained_model(job_id)

    def _job(self, job_id: str) -> Job:
        """The job, if it is of the project that the new one will be of.

        Raises:
            ObjectNotFound: it is not, or there is none.
        """
        job = self._jobs.job(job_id)
        if job.project != current_caller().project:
            raise no_such_job(job_id)
        return job

    def _of_project(self, model: PublishedModel) -> PublishedModel:
        if model.project != current_caller().project:
            raise ObjectNotFound(f"model {model.id!r} belongs to another project")
        return model

    def _known(self) -> str:
        ids = self._models.ids()
        if not ids:
            return "no model is published yet; train one, or name a training job as 'job:<id>'"
        newest = ", ".join(map(self._with_name, ids[:LISTED_MODELS]))
        return f"published are {newest}{', …' if len(ids) > LISTED_MODELS else ''} (or 'job:<id>')"

    def _with_name(self, model_id: str) -> str:
        """People know models by the names they gave them, but ids are what is asked for."""
        try:
            name = self._reports.model(model_id).name
        except (Corrupt, NewerVersion, StoreUnavailable):
            return model_id
        return f"{model_id} ({name!r})" if name else model_id
