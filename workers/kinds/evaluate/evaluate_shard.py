"""One shard of an evaluation: read its images, score each under all conditions, and report every image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from jobs.models.model import PublishedModel
from jobs.plan import Plan
from jobs.results.evaluation.evaluation_totals import EvaluationTotals, sum_totals
from jobs.results.record import NO_NUMBERS, ImageRecord
from jobs.results.report import Report
from jobs.specs.evaluate_spec import EvaluateSpec
from ml.data.datasets import Example
from ml.data.image_size import ImageSize
from ml.evaluation.robustness import BatchEvaluation, EvaluationOptions, RobustnessEvaluator
from store.base import ObjectStore
from workers.inputs.failure_record import failure_record
from workers.inputs.shard_examples import ShardExamples
from workers.inputs.step_inputs import examples_of_shard
from workers.kinds.evaluate.batch_totals import batch_totals
from workers.kinds.evaluate.labelled_images import picture, record, refusal
from workers.kinds.evaluate.prediction_file import PredictionFile
from workers.kinds.evaluate.predictors import predictor_of
from workers.step.pulse import Pulse
from workers.step.step_context import StepContext


def evaluate_shard(spec: EvaluateSpec, context: StepContext) -> Report:
    """Score the images of one shard.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
    """
    plan, store = context.plan, context.services.store
    context.pulse.progress(0, message=f"{context.step}: loading the model")
    shard = _Shard(
        evaluator=_evaluator(spec, plan.used_model, store),
        baseline=_Baseline(plan.baseline.id, _plain_evaluator(spec, plan.baseline, store)) if plan.baseline else None,
        classes=len(plan.used_model.class_names),
        spec=spec,
        step=context.step,
        pulse=context.pulse,
    )
    shard.score(examples_of_shard(spec.dataset, context, label=spec.label, image_size=_common_size(plan)))
    totals = sum_totals(shard.totals)
    return context.report_of_images(
        shard.records,
        artifacts=shard.file.written(context.files, context.step),
        values=totals.model_dump(mode="json") if totals else {},
    )


def _common_size(plan: Plan) -> ImageSize | None:
    """The size of the images that all models of the job take, or None where it differs."""
    sizes = {model.height_and_width for model in (plan.used_model, plan.baseline) if model is not None}
    return sizes.pop() if len(sizes) == 1 else None


def _evaluator(spec: EvaluateSpec, model: PublishedModel, store: ObjectStore) -> RobustnessEvaluator:
    options = EvaluationOptions(
        spec.corruptions, spec.severities, map_shift=spec.gradcam_shift, seed=spec.seed, views=spec.views
    )
    maps = bool(spec.corruptions) and (spec.gradcam_shift or "background" in spec.corruptions)
    return RobustnessEvaluator(predictor_of(model, store, batch_size=spec.batch_size, maps=maps), options)


def _plain_evaluator(spec: EvaluateSpec, model: PublishedModel, store: ObjectStore) -> RobustnessEvaluator:
    """Without maps: of a baseline, only the predictions are compared."""
    options = EvaluationOptions(spec.corruptions, spec.severities, seed=spec.seed)
    return RobustnessEvaluator(predictor_of(model, store, batch_size=spec.batch_size, maps=False), options)


@dataclass(frozen=True)
class _Baseline:
    """The model that another one is compared with."""

    model_id: str
    evaluator: RobustnessEvaluator


@dataclass
class _Shard:
    """What scores the images of a shard, and what became of them so far."""

    evaluator: RobustnessEvaluator
    baseline: _Baseline | None
    classes: int
    spec: EvaluateSpec
    step: str
    pulse: Pulse
    records: list[ImageRecord] = field(default_factory=list)
    totals: list[EvaluationTotals] = field(default_factory=list)
    file: PredictionFile = field(default_factory=PredictionFile)

    def score(self, examples: ShardExamples) -> None:
        """Score all examples, in order; progress is shown after each condition."""
        for records in examples.records(self._batch, batch_size=self.spec.batch_size):
            self.records += records
            self._show(len(self.records))

    def _batch(self, batch: Sequence[Example]) -> list[ImageRecord]:
        refusals = {example.image_id: refusal(example, classes=self.classes) for example in batch}
        usable = [example for example in batch if refusals[example.image_id] is None]
        records = {
            example.image_id: failure_record(example, reason)
            for example in batch
            if (reason := refusals[example.image_id]) is not None
        }
        records.update(self._scored(usable))
        return [records[example.image_id] for example in batch]

    def _scored(self, usable: Sequence[Example]) -> dict[str, ImageRecord]:
        """Records of labelled images; those that have numbers are added to the totals and to the shard's file."""
        if not usable:
            return {}
        evaluated = self.evaluator.evaluate(
            [picture(example, self.evaluator.predictor.image_size) for example in usable],
            on_condition=lambda done: self._between(done, len(usable)),
        )
        finite = evaluated.finite
        kept = [example for example, good in zip(usable, finite, strict=True) if good]
        if kept:
            self._count(kept, evaluated.rows(finite))
        return {
            example.image_id: record(example, evaluated, row) if finite[row] else failure_record(example, NO_NUMBERS)
            for row, example in enumerate(usable)
        }

    def _count(self, examples: Sequence[Example], evaluated: BatchEvaluation) -> None:
        baseline = self.baseline
        other = self._by_baseline(baseline.evaluator, examples, evaluated) if baseline else None
        self.totals.append(batch_totals(evaluated, other, baseline=baseline.model_id if baseline else None))
        self.file.add(examples, evaluated)

    def _by_baseline(
        self, baseline: RobustnessEvaluator, examples: Sequence[Example], evaluated: BatchEvaluation
    ) -> BatchEvaluation:
        """The same images by the baseline, with the same objects before the same backgrounds."""
        size, masks = baseline.predictor.image_size, evaluated.masks
        pictures = [picture(example, size, seen_mask=mask) for example, mask in zip(examples, masks, strict=True)]
        return baseline.evaluate(pictures, on_condition=lambda _: self.pulse.check())

    def _between(self, conditions: int, images: int) -> None:
        self.pulse.check()
        share = conditions / max(1, len(self.spec.corruptions) * len(self.spec.severities))
        self._show(len(self.records) + images * share)

    def _show(self, done: float) -> None:
        failed = sum(record.error is not None for record in self.records)
        self.pulse.progress(round(done, 2), failed=failed, message=f"evaluating, {self.step}")
