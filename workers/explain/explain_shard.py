"""One shard: read its images, explain them in batches, store the heatmaps, and report every image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import numpy.typing as npt

from jobs.errors import InvalidSpec
from jobs.explain_spec import ExplainSpec
from jobs.model import PublishedModel
from jobs.record import ImageRecord
from jobs.report import Report
from ml.datasets import Example, read
from ml.explainer import Explainer
from ml.images import resize
from workers.careful import Suspects
from workers.code_version import code_version
from workers.explain.explainer_cache import explainer_for
from workers.explain.heatmap_files import HeatmapFiles
from workers.explain.image_record import failure_record, image_record, method_settings
from workers.explain.map_measures import Explained, MapMeasures
from workers.step_context import StepContext

BATCH = 16
# One death may be anybody's fault; from the second on, each image is noted before it is touched.
_CAREFUL_AFTER_DEATHS = 2


def explain_shard(context: StepContext) -> Report:
    """Explain the images of one shard.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
    """
    spec, plan = context.job.spec, context.plan
    if not isinstance(spec, ExplainSpec) or plan.model is None or plan.split is None:
        raise InvalidSpec("only an explanation has shards")
    shard, tfds = plan.shard(context.step), context.services.folders.tfds
    context.pulse.progress(0, message=f"{context.step}: loading the model")
    explainer = explainer_for(plan.model, spec, context.services)
    examples = read(spec.dataset, plan.split, start=shard.start, stop=shard.stop, data_dir=str(tfds) if tfds else None)
    with HeatmapFiles(context, spec) as files:
        records = tuple(_Shard(context, spec, plan.model, explainer, files).records(examples))
        artifacts = files.packed()
    return Report(
        job_id=context.job.id,
        step=context.step,
        attempt=context.attempt,
        worker=context.services.worker,
        started_at=context.started_at,
        finished_at=datetime.now(UTC),
        records=records,
        artifacts=artifacts,
        code_version=code_version(),
    )


class _Shard:
    """The way of a shard's images through the explainer."""

    def __init__(
        self,
        context: StepContext,
        spec: ExplainSpec,
        model: PublishedModel,
        explainer: Explainer,
        files: HeatmapFiles,
    ) -> None:
        self._pulse = context.pulse
        self._step = context.step
        self._spec = spec
        self._model = model
        self._measures = MapMeasures(context, spec, model)
        self._settings = method_settings(spec, model)
        self._explainer = explainer
        self._files = files
        self._suspects = Suspects(context) if context.deaths >= _CAREFUL_AFTER_DEATHS else None

    def records(self, examples: Iterable[Example]) -> Iterator[ImageRecord]:
        """One record per example, in order, told to the pulse batch by batch."""
        iterator, done, failed = iter(examples), 0, 0
        while batch := list(islice(iterator, 1 if self._suspects else BATCH)):
            self._pulse.check()
            made = self._carefully(batch[0]) if self._suspects else self._explain(batch)
            done, failed = done + len(made), failed + sum(record.error is not None for record in made)
            self._pulse.progress(done, failed=failed, message=f"explaining, {self._step}")
            yield from made

    def _carefully(self, example: Example) -> list[ImageRecord]:
        """Explain one image, unless it has ended too many workers."""
        assert self._suspects is not None  # noqa: S101
        condemned = self._suspects.condemned(example.image_id)
        if condemned:
            return [failure_record(example, condemned)]
        with self._suspects.under_way(example.image_id):
            return self._explain([example])

    def _explain(self, batch: Sequence[Example]) -> list[ImageRecord]:
        refusals = {example.image_id: self._refusal(example) for example in batch}
        usable = [
            (example, resize(example.image, self._model.image_size))
            for example in batch
            if refusals[example.image_id] is None and example.image is not None
        ]
        records = {
            example.image_id: failure_record(example, refusal)
            for example in batch
            if (refusal := refusals[example.image_id]) is not None
        }
        records.update(self._explained(usable))
        return [records[example.image_id] for example in batch]

    def _explained(self, usable: Sequence[tuple[Example, npt.NDArray[np.uint8]]]) -> dict[str, ImageRecord]:
        if not usable:
            return {}
        explanations = self._explainer.explain(
            np.stack([image for _, image in usable]),
            [example.label for example, _ in usable],
            check=self._pulse.check,
        )
        batch = [
            Explained(example, image, explanation)
            for (example, image), explanation in zip(usable, explanations, strict=True)
        ]
        pending = [self._files.add(one.example.image_id, one.image, one.explanation) for one in batch]
        return {
            one.example.image_id: image_record(
                one.example,
                one.explanation,
                {name: picture.result() for name, picture in kept.pictures.items()},
                measured=measured,
                raw_rows=kept.rows,
                settings=self._settings,
            )
            for one, measured, kept in zip(batch, self._measures.of(batch), pending, strict=True)
        }

    def _refusal(self, example: Example) -> str | None:
        """Why this image cannot be explained, or None."""
        if example.error is not None or example.image is None:
            return example.error or "the image could not be read"
        if self._spec.target == "true" and example.label is None:
            return "target 'true' needs a labelled image, and this one has no label"
        return None
