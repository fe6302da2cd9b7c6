"""One shard: read each image once, judge it under all conditions, and report every image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from jobs.errors import InvalidSpec
from jobs.results.evaluation_totals import EvaluationTotals, added
from jobs.results.record import NO_NUMBERS, ImageRecord
from jobs.results.report import Report
from jobs.specs.evaluate_spec import EvaluateSpec
from ml.data.datasets import Example
from ml.evaluation.robustness import Evaluated, EvaluationOptions, RobustnessEvaluator
from workers.inputs.shard_examples import ShardExamples
from workers.kinds.evaluate.batch_totals import batch_totals
from workers.kinds.evaluate.judgement_file import JudgementFile
from workers.kinds.evaluate.labelled_images import failure, picture, record, refusal
from workers.kinds.evaluate.networks import network_of
from workers.step.step_context import StepContext


def evaluate_shard(context: StepContext) -> Report:
    """Judge the images of one shard.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
    """
    spec, plan = context.job.spec, context.plan
    if not isinstance(spec, EvaluateSpec) or plan.model is None or plan.split is None:
        raise InvalidSpec("only an evaluation has shards to judge")
    context.pulse.progress(0, message=f"{context.step}: loading the model")
    work = _Shard(context, spec, *_evaluators(context, spec))
    work.judge(ShardExamples(context, spec.dataset))
    totals = added(work.totals)
    return context.report(
        records=tuple(work.records),
        artifacts=work.file.stored(context),
        values=totals.model_dump(mode="json") if totals else {},
    )


def _evaluators(context: StepContext, spec: EvaluateSpec) -> tuple[RobustnessEvaluator, RobustnessEvaluator | None]:
    """For the model, and for its baseline if there is one."""
    plan, services = context.plan, context.services
    assert plan.model is not None  # noqa: S101
    options = EvaluationOptions(spec.corruptions, spec.severities, map_shift=spec.gradcam_shift, seed=spec.seed)
    maps = bool(spec.corruptions) and (spec.gradcam_shift or "background" in spec.corruptions)
    model = network_of(plan.model, services, batch_size=spec.batch_size, maps=maps)
    if plan.baseline is None:
        return RobustnessEvaluator(model, options), None
    baseline = network_of(plan.baseline, services, batch_size=spec.batch_size, maps=False)
    unmapped = EvaluationOptions(spec.corruptions, spec.severities, seed=spec.seed)
    return RobustnessEvaluator(model, options), RobustnessEvaluator(baseline, unmapped)


@dataclass
class _Shard:
    """The way of a shard's images through the networks, and what became of them."""

    context: StepContext
    spec: EvaluateSpec
    evaluator: RobustnessEvaluator
    baseline: RobustnessEvaluator | None
    records: list[ImageRecord] = field(default_factory=list)
    totals: list[EvaluationTotals] = field(default_factory=list)
    file: JudgementFile = field(default_factory=JudgementFile)

    def judge(self, examples: ShardExamples) -> None:
        """Judge all examples, in order, told to the pulse condition by condition."""
        for records in self._records(examples):
            self.records += records
            self._tell(len(self.records), "judged")

    def _records(self, examples: ShardExamples) -> Iterator[list[ImageRecord]]:
        """Batch by batch; image by image where one of them is suspected to end its worker."""
        if examples.careful:
            yield from ([record] for record in examples.one_by_one(lambda example: self._judge([example])[0]))
            return
        iterator = examples.all()
        while batch := list(islice(iterator, self.spec.batch_size)):
            self.context.pulse.check()
            yield self._judge(batch)

    def _judge(self, batch: Sequence[Example]) -> list[ImageRecord]:
        model = self.context.plan.model
        classes = len(model.class_names) if model else 0
        refusals = {example.image_id: refusal(example, classes=classes) for example in batch}
        usable = [example for example in batch if refusals[example.image_id] is None]
        records = {
            example.image_id: failure(example, reason)
            for example in batch
            if (reason := refusals[example.image_id]) is not None
        }
        records.update(self._judged(usable))
        return [records[example.image_id] for example in batch]

    def _judged(self, usable: Sequence[Example]) -> dict[str, ImageRecord]:
        """Records of labelled images; those that have numbers are added to the totals and to the shard's file."""
        if not usable:
            return {}
        seen = self.evaluator.evaluate(
            [picture(example, self.evaluator.predictor.image_size) for example in usable],
            on_condition=lambda done: self._between(done, len(usable)),
        )
        finite = seen.finite
        kept = [example for example, good in zip(usable, finite, strict=True) if good]
        if kept:
            self._count(kept, seen.rows(finite))
        return {
            example.image_id: record(example, seen, row) if finite[row] else failure(example, NO_NUMBERS)
            for row, example in enumerate(usable)
        }

    def _count(self, examples: Sequence[Example], seen: Evaluated) -> None:
        other, baseline = self._by_baseline(examples, seen), self.context.plan.baseline
        self.totals.append(batch_totals(seen, other, baseline=baseline.id if baseline else None))
        self.file.add(examples, seen)

    def _by_baseline(self, examples: Sequence[Example], seen: Evaluated) -> Evaluated | None:
        """The same images by the baseline, with the same objects before the same backgrounds."""
        if self.baseline is None:
            return None
        size = self.baseline.predictor.image_size
        pictures = [picture(example, size, mask=mask) for example, mask in zip(examples, seen.masks, strict=True)]
        return self.baseline.evaluate(pictures, on_condition=lambda _: self.context.pulse.check())

    def _between(self, conditions: int, images: int) -> None:
        self.context.pulse.check()
        share = conditions / max(1, len(self.spec.corruptions) * len(self.spec.severities))
        self._tell(len(self.records) + images * share, "judging")

    def _tell(self, done: float, doing: str) -> None:
        failed = sum(record.error is not None for record in self.records)
        self.context.pulse.progress(round(done, 2), failed=failed, message=f"{doing}, {self.context.step}")
