"""Checks a specification before its job is taken, without TensorFlow; the planning step checks the rest."""

from __future__ import annotations

from api.readers.job_reader import JobReader
from api.readers.report_reader import ReportReader
from jobs import keys
from jobs.built_in_datasets import BUILT_IN_DATASETS
from jobs.errors import Corrupt, InvalidSpec, NewerVersion, ObjectNotFound
from jobs.image_listing import check_folder, is_store_folder, prefix_of
from jobs.models.model import PublishedModel
from jobs.plan import split_bounds
from jobs.specs.needs import SplitOfDataset
from jobs.specs.spec import MODEL_KINDS, AnySpec
from jobs.specs.spec_values import job_of
from jobs.state import USABLE
from store.base import ObjectStore
from store.key import InvalidKey

LISTED_MODELS = 10


class SpecCheck:
    """Looks a specification up in what the store has."""

    def __init__(self, store: ObjectStore, jobs: JobReader, reports: ReportReader) -> None:
        self._store = store
        self._jobs = jobs
        self._reports = reports

    def check(self, spec: AnySpec) -> None:
        """Let a specification pass, or say which field to mend.

        Raises:
            InvalidSpec: the model, the split, the target or a method is not there.
            StoreUnavailable: the store does not answer.
        """
        spec.check_methods()
        needs = spec.needs()
        for field, needed in needs.splits.items():
            _check_split(needed, field=field)
        for field, dataset in needs.datasets.items():
            if is_store_folder(dataset):
                self._check_folder(dataset, field=field)
        for field, upload in needs.uploads.items():
            self._check_uploaded(upload, field=field)
        for field, name in needs.models.items():
            model = self._model(name, field=field)
            if model is not None:
                spec.check_classes(model.class_names, model=model.id)

    def _check_folder(self, dataset: str, *, field: str) -> None:
        check_folder(dataset, field=field)
        prefix = prefix_of(dataset)
        try:
            empty = next(iter(self._store.list(prefix, limit=1)), None) is None
        except InvalidKey as error:
            raise InvalidSpec(f"data set {dataset!r}: {error}", field=field) from error
        if empty:
            raise InvalidSpec(
                f"data set {dataset!r}: there is nothing under {prefix!r} in {self._store.url}; "
                "'florescope upload' puts a folder there",
                field=field,
            )

    def _check_uploaded(self, upload: str, *, field: str) -> None:
        if self._store.head(keys.upload(upload)) is None:
            raise InvalidSpec(f"no file {upload} was uploaded: send it to /v1/uploads first", field=field)

    def _model(self, name: str, *, field: str) -> PublishedModel | None:
        """The model, or None where the job that makes it is still under way."""
        job_id = job_of(name)
        if job_id is not None:
            return self._model_of_job(job_id, field=field)
        try:
            return self._reports.model(name)
        except (ObjectNotFound, InvalidKey) as error:
            raise InvalidSpec(f"there is no model {name!r}: {self._known()}", field=field) from error

    def _model_of_job(self, job_id: str, *, field: str) -> PublishedModel | None:
        try:
            job = self._jobs.job(job_id)
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

    def _known(self) -> str:
        ids = self._reports.model_ids()
        if not ids:
            return "no model is published yet; train one, or name a training job as 'job:<id>'"
        newest = ", ".join(map(self._with_name, ids[:LISTED_MODELS]))
        return f"published are {newest}{', …' if len(ids) > LISTED_MODELS else ''} (or 'job:<id>')"

    def _with_name(self, model_id: str) -> str:
        """People know models by the names they gave them, but ids are what is asked for."""
        try:
            name = self._reports.model(model_id).name
        except (Corrupt, NewerVersion):
            return model_id
        return f"{model_id} ({name!r})" if name else model_id


def _check_split(needed: SplitOfDataset, *, field: str) -> None:
    """Only of the built-in data sets is it known here what splits they have."""
    known = BUILT_IN_DATASETS.get(needed.dataset)
    if known is not None:
        split_bounds(needed.split, sizes=known.splits, dataset=needed.dataset, field=field)
