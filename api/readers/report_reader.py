"""Reads plans, reports and models through small caches: they never change once they are written."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.models.artifact import Artifact
from jobs.models.checkpoint import CheckpointPointer
from jobs.models.model import EpochMetrics, PublishedModel
from jobs.plan import Plan
from jobs.results.manifest import Manifest
from jobs.results.report import Report
from jobs.results.trial_run import TrialRun, TrialRuns
from jobs.specs.spec import MODEL_KINDS
from jobs.specs.train_spec import TrainSpec
from store.base import ObjectStore

CACHED_REPORTS = 128  # one of 0.1.0 holds its records: with 64 images it takes about 200 kB of memory
CACHED_PLANS = 64
CACHED_MODELS = 64


class ReportReader:
    """What the steps of jobs have committed."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.report = lru_cache(CACHED_REPORTS)(self._load_report)
        self._plan = lru_cache(CACHED_PLANS)(self._load_plan)
        self.model = lru_cache(CACHED_MODELS)(self._load_model)

    def plan(self, job_id: str) -> Plan | None:
        """The steps of a job, or None while it is not planned."""
        with suppress(ObjectNotFound):
            return self._plan(job_id)
        return None

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
        with suppress(ObjectNotFound):
            return Manifest.decode(self._store.get(keys.manifest(job_id))).files
        return ()

    def file(self, job_id: str, name: str) -> Artifact | None:
        """The file of this name of the job as a whole, or None while there is none."""
        return next((file for file in self.files(job_id) if file.name == name), None)

    def model_ids(self) -> list[str]:
        """Ids of the published models, newest first."""
        listed = self._store.list(keys.MODELS_PREFIX)
        return sorted(
            (info.key.removeprefix(keys.MODELS_PREFIX).removesuffix(".json") for info in listed), reverse=True
        )

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

    def _load_report(self, job_id: str, step: str) -> Report:
        return Report.decode(self._store.get(keys.report(job_id, step)))

    def _load_plan(self, job_id: str) -> Plan:
        return Plan.decode(self._store.get(keys.plan(job_id)))

    def _load_model(self, model_id: str) -> PublishedModel:
        return PublishedModel.decode(self._store.get(keys.model(model_id)))
