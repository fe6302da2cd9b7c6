"""Importing as one leased step: fetch the file, flatten the model, store it."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from jobs import keys
from jobs.errors import Corrupt, InvalidSpec, ObjectNotFound
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.results.report import Report
from jobs.specs.import_spec import ImportSpec
from ml.errors import MlError, UnusableModel
from ml.models.importing.foreign_model import ImportedModel, ImportOptions, import_model
from workers.inputs.class_names import numbered
from workers.step.step_context import StepContext

_KERAS = "application/zip"
_FIELDS = {"file": "upload"}


def import_step(spec: ImportSpec, context: StepContext) -> Report:
    """Make the uploaded file into a model that can be explained.

    Raises:
        Interruption: the job is to stop, or the lease was lost.
        InvalidSpec: the file cannot be used, or not as asked; names the field to mend.
    """
    with tempfile.TemporaryDirectory(prefix="florescope-") as name:
        uploaded, flat = Path(name) / "upload.keras", Path(name) / "model.keras"
        context.pulse.progress(0, message="fetching the file")
        source = _fetch(spec, uploaded, context)
        context.pulse.check()
        context.pulse.progress(0, message="reading the model and laying it out as one flat graph")
        found = _imported(spec, uploaded, flat)
        context.pulse.check()
        file = context.files.put_file("model.keras", flat, _KERAS)
    return context.report(
        artifacts=(file,),
        model=_published(spec, found, file, source=source, job=context.job),
        values={
            "ends_in": found.final_activation,
            "mixed_precision": found.mixed_precision,
            "one_branch": found.one_branch,
            "difference_from_original": found.difference,
        },
    )


def _fetch(spec: ImportSpec, path: Path, context: StepContext) -> Artifact:
    key = keys.upload(spec.upload, context.job.project)
    try:
        info = context.services.store.get_file(key, path, sha256=spec.upload)
    except (ObjectNotFound, Corrupt) as error:
        raise InvalidSpec(f"{error}: send the file again", field="upload") from error
    return Artifact(name="upload.keras", key=info.key, size=info.size, sha256=spec.upload, content_type=_KERAS)


def _imported(spec: ImportSpec, uploaded: Path, flat: Path) -> ImportedModel:
    options = ImportOptions(
        preprocessing=spec.preprocessing,
        num_classes=spec.num_classes,
        image_size=spec.image_size,
        image_width=spec.image_width,
        feature_layer=spec.feature_layer,
    )
    try:
        return import_model(uploaded, flat, options)
    except UnusableModel as error:
        raise InvalidSpec(str(error), field=_FIELDS.get(error.about, error.about)) from error
    except MlError as error:
        raise InvalidSpec(str(error), field="preprocessing") from error


def _published(spec: ImportSpec, found: ImportedModel, file: Artifact, *, source: Artifact, job: Job) -> PublishedModel:
    names = spec.classes if isinstance(spec.classes, tuple) else numbered(found.num_classes)
    return PublishedModel(
        id=job.id,
        name=spec.name,
        job_id=job.id,
        project=job.project,
        submitter=job.submitter,
        created_at=datetime.now(UTC),
        origin="imported",
        checkpoint=file,
        image_size=found.image.height,
        image_width=found.image.width if found.image.width != found.image.height else None,
        channels=max(1, found.image.channels),
        feature_layer=found.feature_layer,
        class_names=names,
        preprocessing=spec.preprocessing,
        source=source,
    )
