"""What can be said against a job before it is taken, without TensorFlow: the planning step checks the rest."""

from __future__ import annotations

from itertools import islice

from api.readers.job_reader import JobReader
from api.readers.report_reader import ReportReader
from jobs import keys
from jobs.built_in_datasets import BUILT_IN_DATASETS
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.image_listing import is_store_folder, prefix_of
from jobs.models.model import PublishedModel
from jobs.plan import split_bounds
from jobs.specs.evaluate_spec import EvaluateSpec
from jobs.specs.explain_spec import TOP, ExplainSpec
from jobs.specs.import_spec import ImportSpec
from jobs.specs.spec import AnySpec
from jobs.specs.spec_values import UsesModel
from jobs.specs.sweep_spec import SweepSpec
from jobs.specs.train_spec import TrainSpec
from jobs.state import USABLE
from store.base import ObjectStore
from store.key import InvalidKey

LISTED_MODELS = 10
MAKE_MODELS = ("train", "sweep", "import")


class SpecCheck:
    """Looks a specification up in what the store has."""

    def __init__(self, store: ObjectStore, jobs: JobReader, reports: ReportReader) -> None:
        self._store = store
        self._jobs = jobs
        self._reports = reports

    def check(self, spec: AnySpec) -> None:
        """Let a specification pass, or say which field to mend.

        Raises:
            InvalidSpec: the model, the split or the target is not there.
            StoreUnavailable: the store does not answer.
        """
        if isinstance(spec, TrainSpec):
            _check_splits(spec, field="splits")
        elif isinstance(spec, SweepSpec):
            _check_splits(spec.base, field="base.splits")
        elif isinstance(spec, ImportSpec):
            self._check_uploaded(spec)
        else:
            _check_split(spec.dataset, spec.split, field="split")
        dataset = getattr(spec, "dataset", "")
        if is_store_folder(dataset):
            self._check_folder(dataset)
        model = self._model(spec) if isinstance(spec, UsesModel) else None
        if isinstance(spec, ExplainSpec) and model is not None:
            _check_target(spec, model)
        if isinstance(spec, EvaluateSpec) and spec.baseline_model is not None:
            self._published(spec.baseline_model, field="baseline_model")

    def _check_folder(self, dataset: str) -> None:
        prefix = prefix_of(dataset)
        try:
            empty = next(iter(self._store.list(prefix, limit=1)), None) is None
        except InvalidKey as error:
            raise InvalidSpec(f"data set {dataset!r}: {error}", field="dataset") from error
        if empty:
            raise InvalidSpec(
                f"data set {dataset!r}: there is nothing under {prefix!r} in {self._store.url}; "
                "'florescope upload' puts a folder there",
                field="dataset",
            )

    def _check_uploaded(self, spec: ImportSpec) -> None:
        if self._store.head(keys.upload(spec.upload)) is None:
            raise InvalidSpec(f"no file {spec.upload} was uploaded: send it to /v1/uploads first", field="upload")

    def _model(self, spec: UsesModel) -> PublishedModel | None:
        """The model, or None where its training is still under way."""
        if spec.training_job_id is not None:
            return self._model_of_training(spec.training_job_id)
        return self._published(spec.model, field="model")

    def _published(self, model_id: str, *, field: str) -> PublishedModel:
        try:
            return self._reports.model(model_id)
        except (ObjectNotFound, InvalidKey) as error:
            raise InvalidSpec(f"there is no model {model_id!r}: {self._known()}", field=field) from error

    def _model_of_training(self, job_id: str) -> PublishedModel | None:
        try:
            job = self._jobs.job(job_id)
        except ObjectNotFound as error:
            raise InvalidSpec(f"there is no job {job_id!r}: {self._known()}", field="model") from error
        if job.spec.kind not in MAKE_MODELS:
            raise InvalidSpec(
                f"job {job_id} is of kind {job.spec.kind!r}, which makes no model: name one of kind "
                f"{' or '.join(map(repr, MAKE_MODELS))}",
                field="model",
            )
        end = self._jobs.end(job_id)
        if end is not None and end.state not in USABLE:
            raise InvalidSpec(
                f"training job {job_id} left no model, it is {end.state.value}: {self._known()}",
                field="model",
            )
        return self._reports.trained_model(job_id)

    def _known(self) -> str:
        listed = self._store.list(keys.MODELS_PREFIX)
        ids = [info.key.removeprefix(keys.MODELS_PREFIX).removesuffix(".json") for info in listed]
        if not ids:
            return "no model is published yet; train one, or name a training job as 'job:<id>'"
        newest = ", ".join(map(self._with_name, islice(reversed(ids), LISTED_MODELS)))
        return f"published are {newest}{', …' if len(ids) > LISTED_MODELS else ''} (or 'job:<id>')"

    def _with_name(self, model_id: str) -> str:
        """People know models by the names they gave them, but ids are what is asked for."""
        name = self._reports.model(model_id).name
        return f"{model_id} ({name!r})" if name else model_id


def _check_splits(spec: TrainSpec, *, field: str) -> None:
    for role, split in spec.splits:
        if split is not None:
            _check_split(spec.dataset, split, field=f"{field}.{role}")


def _check_split(dataset: str, split: str, *, field: str) -> None:
    known = BUILT_IN_DATASETS.get(dataset)
    if known is not None:
        split_bounds(split, sizes=known.splits, dataset=dataset, field=field)


def _check_target(spec: ExplainSpec, model: PublishedModel) -> None:
    classes = len(model.class_names)
    if isinstance(spec.target, int) and spec.target >= classes:
        raise InvalidSpec(
            f"class index {spec.target} is out of range: model {model.id} has {classes} classes, 0 to {classes - 1}",
            field="target",
        )
    if spec.top > classes:
        raise InvalidSpec(
            f"target {spec.target!r} asks for more classes than there are: model {model.id} has {classes}, use "
            f"'{TOP}{classes}' or fewer",
            field="target",
        )
