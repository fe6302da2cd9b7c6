"""The step of an export: fetch the model, write each format, run the file, store it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from jobs.errors import InvalidSpec, Permanent
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.results.report import Report
from jobs.specs.export_spec import EXPORT_FORMATS, ExportFormat, ExportSpec
from ml.data.datasets import read
from ml.data.images import resize
from ml.errors import MlError
from ml.models.exporting.check_pictures import check_pictures
from ml.models.exporting.export import Exporter, Unexportable
from ml.models.exporting.metadata import LABELS, ExportMetadata
from ml.models.exporting.served_model import Images
from workers.inputs.stored_model import StoredModel
from workers.step.step_context import StepContext

FLOWERS = "synthetic_flowers"


def export_step(spec: ExportSpec, context: StepContext) -> Report:
    """Write a model in all formats that were asked for; those that it cannot leave in are named with the reason.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
        InvalidSpec: the model's file cannot be read.
        Permanent: it can leave in none of the formats.
    """
    model = context.plan.used_model
    context.pulse.progress(0, message="fetching the model")
    metadata = _metadata(model, context)
    export = _Export(_exporter(spec, model, metadata, context), context)
    for done, name in enumerate(spec.formats):
        context.pulse.check()
        context.pulse.progress(done, failed=len(export.refused), message=f"writing {EXPORT_FORMATS[name].title}")
        export.write(name)
    export.require_files()
    labels = context.files.put(LABELS, metadata.files()[LABELS].encode(), "text/plain; charset=utf-8")
    return context.report(
        artifacts=(*export.written, labels),
        skipped=tuple(export.refused.items()),
        values={"model_id": model.id, "images": spec.images, **export.numbers()},
    )


def _metadata(model: PublishedModel, context: StepContext) -> ExportMetadata:
    return ExportMetadata(model.id, model.class_names, model.checkpoint.sha256, context.services.code_version)


def _exporter(spec: ExportSpec, model: PublishedModel, metadata: ExportMetadata, context: StepContext) -> Exporter:
    try:
        network = StoredModel(model.checkpoint, context.services.store).load()
    except MlError as error:
        raise InvalidSpec(str(error), field="model") from error
    return Exporter(network, metadata, pictures(model, spec.images))


def pictures(model: PublishedModel, count: int) -> Images:
    """Half of them drawn flowers, half plain and random ones, (count, height, width, 3)."""
    flowers = [each.image for each in read(FLOWERS, "test", stop=count // 2) if each.image is not None]
    size = model.height_and_width
    drawn = [np.asarray(resize(image, size), np.uint8) for image in flowers]
    return np.concatenate([np.stack(drawn), check_pictures(*size, count - len(drawn))])


@dataclass
class _Export:
    """The files that were written so far, and the formats that were refused."""

    exporter: Exporter
    context: StepContext
    written: list[Artifact] = field(default_factory=list)
    differences: dict[ExportFormat, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def write(self, name: ExportFormat) -> None:
        """Write and store one file, or note why there is none."""
        form = EXPORT_FORMATS[name]
        with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
            path = Path(folder) / form.file
            try:
                self.differences[name] = self.exporter.write(name, path)
            except Unexportable as error:
                self.refused[name] = str(error)
                return
            self.written.append(self.context.files.put_file(form.file, path, form.content_type))

    def require_files(self) -> None:
        """Raise ``Permanent`` if no file was written."""
        if not self.written:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in self.refused.items())
            raise Permanent(f"the model can leave in none of these formats: {reasons}")

    def numbers(self) -> dict[str, Any]:
        """The largest difference of all, and that of each format."""
        return {
            "export_difference": max(self.differences.values()),
            "differences": dict(self.differences),
            "refused": dict(self.refused),
        }
