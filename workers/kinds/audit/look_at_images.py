"""A step that looks at images of a split: predictions, pooled features and cues of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from jobs.models.artifact import Artifact
from jobs.results.record import NO_NUMBERS, ClassScore, ImageRecord
from jobs.results.report import Report
from jobs.specs.audit_spec import AuditSpec
from ml.audit.data.picture_measures import picture_measures
from ml.audit.data.thumbnail import thumbnail
from ml.audit.shortcuts.picture_cues import picture_cues
from ml.data.example import Example, label_problem
from ml.data.images import resize
from workers.inputs.failure_record import failure_record
from workers.inputs.shard_examples import ShardExamples
from workers.inputs.step_inputs import examples_of_shard, examples_of_stage
from workers.kinds.audit.given.explained_features import Passed, explained_features
from workers.kinds.audit.given.explanation import ended_explanation
from workers.kinds.audit.given.forward_pass import ForwardPass
from workers.kinds.audit.given.mended_pictures import mended_pictures
from workers.kinds.audit.given.seen_images import NAME, NO_LABEL, NPZ, SeenImages, joined
from workers.step.pulse import Pulse
from workers.step.step_context import StepContext

TOP = 5
_NO_CUES = np.zeros(0, np.float32)


def look_at_shard(spec: AuditSpec, context: StepContext) -> Report:
    """Look at a shard of the audited split; every image has a row.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
    """
    looks = _Looks.of(spec, context, known=_known(spec, context), cues="shortcuts" in spec.looks_for)
    looks.take(examples_of_shard(spec.dataset, context, label=spec.label, image_size=None))
    return context.report_of_images(looks.records, artifacts=looks.stored(context))


def look_at_training(spec: AuditSpec, context: StepContext) -> Report:
    """Look at a part of the training split, whose images have no rows; those that cannot be used are skipped.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
    """
    looks = _Looks.of(spec, context, known={}, cues=False)
    looks.take(examples_of_stage(spec.dataset, context, label=spec.label, image_size=None))
    failed = tuple((record.image_id, record.error) for record in looks.records if record.error is not None)
    return context.report(artifacts=looks.stored(context), skipped=failed, values={"images": len(looks.records)})


def _known(spec: AuditSpec, context: StepContext) -> Mapping[str, Passed]:
    """What a named explanation has stored of the images of this shard that are the same pictures still."""
    job_id, store = ended_explanation(spec, context), context.services.store
    if job_id is None:
        return {}
    shard, layer = context.plan.shard(context.step), context.plan.used_model.feature_layer
    found = explained_features(job_id, shard, store, feature_layer=layer)
    mended = mended_pictures(context.job.id, job_id, store)
    return {image_id: passed for image_id, passed in found.items() if image_id not in mended}


@dataclass
class _Looks:
    """What the images of one step came to so far."""

    forward: ForwardPass
    image_size: tuple[int, int]
    batch_size: int
    classes: int
    cues: bool
    step: str
    pulse: Pulse
    records: list[ImageRecord] = field(default_factory=list)
    seen: list[SeenImages] = field(default_factory=list)

    @classmethod
    def of(cls, spec: AuditSpec, context: StepContext, *, known: Mapping[str, Passed], cues: bool) -> _Looks:
        """The looks of a step before its first image."""
        model = context.plan.used_model
        return cls(
            forward=ForwardPass(spec, context, known=known),
            image_size=model.height_and_width,
            batch_size=spec.batch_size,
            classes=len(model.class_names),
            cues=cues,
            step=context.step,
            pulse=context.pulse,
        )

    def take(self, examples: ShardExamples) -> None:
        """Look at all examples, in order."""
        for records in examples.records(self._batch, batch_size=self.batch_size):
            self.records += records
            failed = sum(record.error is not None for record in self.records)
            self.pulse.progress(len(self.records), failed=failed, message=f"looking at images, {self.step}")

    def stored(self, context: StepContext) -> tuple[Artifact, ...]:
        """The file of all that was seen; none where nothing was."""
        seen = joined(self.seen)
        return (context.files.put(f"{self.step}/{NAME}", seen.encode(), NPZ),) if seen else ()

    def _batch(self, batch: Sequence[Example]) -> list[ImageRecord]:
        refusals = {each.image_id: each.error or "the image could not be read" for each in batch if _unusable(each)}
        usable = [example for example in batch if example.image_id not in refusals]
        records = {each.image_id: failure_record(each, refusals[each.image_id]) for each in batch if _unusable(each)}
        records |= self._seen(usable) if usable else {}
        return [records[example.image_id] for example in batch]

    def _seen(self, usable: Sequence[Example]) -> dict[str, ImageRecord]:
        pictures = [example.image for example in usable if example.image is not None]
        pixels = np.stack([resize(picture, self.image_size) for picture in pictures])
        image_ids = [example.image_id for example in usable]
        logits, features = self.forward(image_ids, pixels)
        seen = SeenImages(
            image_ids=np.asarray(image_ids),
            indices=np.asarray([example.index for example in usable], np.int64),
            labels=np.asarray([self._label(example) for example in usable], np.int32),
            logits=logits,
            features=features,
            cues=np.stack([picture_cues(image) if self.cues else _NO_CUES for image in pixels]),
            thumbnails=np.stack([thumbnail(picture) for picture in pictures]),
            measures=np.stack([picture_measures(picture) for picture in pictures]),
        )
        finite = np.asarray(np.isfinite(logits).all(axis=1) & np.isfinite(features).all(axis=1), np.bool_)
        self.seen.append(seen.rows(finite))
        probabilities = seen.probabilities
        return {
            example.image_id: _record(example, probabilities[row])
            if finite[row]
            else failure_record(example, NO_NUMBERS)
            for row, example in enumerate(usable)
        }

    def _label(self, example: Example) -> int:
        usable = example.label is not None and label_problem(example.label, classes=self.classes) is None
        return int(example.label) if usable and example.label is not None else NO_LABEL


def _unusable(example: Example) -> bool:
    return example.image is None or example.error is not None


def _record(example: Example, probabilities: npt.NDArray[np.float32]) -> ImageRecord:
    best = np.argsort(-probabilities, kind="stable")[:TOP]
    return ImageRecord(
        image_id=example.image_id,
        index=example.index,
        label=example.label,
        prediction=int(best[0]),
        confidence=float(probabilities[best[0]]),
        top=tuple(ClassScore(label=int(label), probability=float(probabilities[label])) for label in best),
    )
