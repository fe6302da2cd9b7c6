"""Reads plans, reports and models through small caches: they never change once they are written."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

from api.http.caller import current_caller
from api.readers.deleted_things import DeletedThings
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping.thing import ThingKind, job_thing
from jobs.models.artifact import Artifact
from jobs.models.checkpoint import CheckpointPointer
from jobs.models.model import EpochMetrics, PublishedModel
from jobs.names.project_name import project_in
from jobs.plan import Plan
from jobs.results.manifest import Manifest
from jobs.results.report import Report
from jobs.results.trial_run import TrialRun, TrialRuns
from jobs.specs.spec import MODEL_KINDS
from jobs.specs.train_spec import TrainSpec
from store.base import ObjectStore
from store.document_cache import DocumentCache
from store.kept_hour import this_hour

_MIB = 2**20
REPORTS_BYTES, PLANS_BYTES, MODELS_BYTES = 8 * _MIB, 8 * _MIB, 2 * _MIB
"""Of JSON."""
KNOWN_JOBS = 1024
"""Whose files are kept: a few names and digests each."""


class ReportReader:
    """What the steps of jobs have committed."""

    def __init__(self, store: ObjectStore, *, deleted: DeletedThings | None = None) -> None:
        self._store = store
        self._deleted = deleted or DeletedThings(store)
        self._reports = DocumentCache(Report, max_bytes=REPORTS_BYTES)
        self._plans = DocumentCache(Plan, max_bytes=PLANS_BYTES)
        self._last_files = lru_cache(KNOWN_JOBS)(self._load_files)
        self._models = DocumentCache(PublishedModel, max_bytes=MODELS_BYTES)

    def plan(self, job_id: str) -> Plan | None:
        """The steps of a job, or None while it is not planned."""
        with suppress(ObjectNotFound):
            return self._plans.read(keys.plan(job_id), self._store)
        return None

    def report(self, job_id: str, step: str) -> Report:
        """What a step has committed.

        Raises:
            ObjectNotFound: nothing yet.
        """
        return self._reports.read(keys.report(job_id, step), self._store)

    def model(self, model_id: str) -> PublishedModel:
        """A published model; what the caller of the present request does not see is not there.

        Raises:
            ObjectNotFound: there is none of this id, or none that the caller may know of, or it is deleted.
        """
        model = self.any_model(model_id)
        if not current_caller().sees(model.project) or job_thing(model_id) in self._deleted:
            raise ObjectNotFound(f"there is no object {keys.model(model_id)!r}")
        return model

    def any_model(self, model_id: str) -> PublishedModel:
        """A published model, whoever asks.

        Raises:
            ObjectNotFound: there is none of this id.
        """
        keep = job_thing(model_id) not in self._deleted
        return self._models.read(keys.model(model_id), self._store, keep=keep)

    def project_of_model(self, model_id: str) -> str:
        """The project of a model, also of one that cannot be read.

        Raises:
            ObjectNotFound: there is none of this id.
        """
        try:
            return self.any_model(model_id).project
        except (Corrupt, NewerVersion):
            return project_in(self._store.get(keys.model(model_id)))

    def steps(self, job_id: str) -> list[str]:
        """Names of the steps that are committed, in the order of their images."""
        steps = (keys.step_of_report(info.key) for info in self._store.list(keys.reports(job_id)))
        return sorted(steps, key=keys.step_order)

    def trained_model(self, job_id: str) -> PublishedModel | None:
        """The model that a job made in its one step, which is named after its kind; None while there is none."""
        for step in MODEL_KINDS:
            with suppress(ObjectNotFound):
                return self.report(job_id, step).model
        return None

    def trials(self, job_id: str) -> tuple[TrialRun, ...]:
        """The trainings that a sweep has begun so far; none of any other job."""
        with suppress(ObjectNotFound):
            return TrialRuns.decode(self._store.get(keys.trials(job_id))).runs
        return ()

    def files(self, job_id: str) -> tuple[Artifact, ...]:
        """The files of the job as a whole; none before it is over."""
        try:
            return self._last_files(job_id, this_hour())
        except ObjectNotFound:
            return ()

    def file(self, job_id: str, name: str) -> Artifact | None:
        """The file of this name of the job as a whole, or None while there is none."""
        return next((file for file in self.files(job_id) if file.name == name), None)

    def all_model_ids(self) -> list[str]:
        """Ids of the published models that are not deleted, newest first, whoever asks."""
        listed, deleted = self._store.list(keys.MODELS_PREFIX), self._deleted.names(ThingKind.JOB)
        ids = (info.key.removeprefix(keys.MODELS_PREFIX).removesuffix(".json") for info in listed)
        return sorted((model_id for model_id in ids if model_id not in deleted), reverse=True)

    def class_names(self, job_id: str) -> tuple[str, ...]:
        """Names of the classes that a job deals with, by label; empty while they are not known."""
        plan = self.plan(job_id)
        model = plan.model if plan and plan.model else self.trained_model(job_id)
        return model.class_names if model else ()

    def history(self, job_id: str) -> tuple[EpochMetrics, ...]:
        """What a training job measured in each epoch so far."""
        model = self.trained_model(job_id)
        if model is not None:
            return model.history
        with suppress(ObjectNotFound):
            return CheckpointPointer.decode(self._store.get(keys.checkpoint(job_id, TrainSpec.kind_name()))).history
        return ()

    def _load_files(self, job_id: str, _hour: int) -> tuple[Artifact, ...]:
        """The files of a job that is over; its manifest is long where it has many steps, so it is not kept.

        Raises:
            ObjectNotFound: the job is not over, so what it has may be made again.
        """
        if self._store.head(keys.end(job_id)) is None:
            raise ObjectNotFound(f"job {job_id} is not over")
        return Manifest.decode(self._store.get(keys.manifest(job_id))).files
