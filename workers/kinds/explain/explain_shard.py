"""One shard of an explanation: read its images, explain, measure and write them, and report every image."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import structlog
from pydantic import JsonValue

from jobs.models.model import PublishedModel
from jobs.results.record import ImageRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from ml.attribution.added_method import AddedMethod
from ml.attribution.explainer import Explainer
from workers.inputs.shard_examples import ShardExamples
from workers.inputs.step_inputs import examples_of_shard
from workers.kinds.explain.added_methods import added_methods, broken_methods_named
from workers.kinds.explain.heatmap_files import HeatmapFiles
from workers.kinds.explain.image_record import method_settings
from workers.kinds.explain.map_measures import MapMeasures
from workers.kinds.explain.model_explainers import ModelExplainers
from workers.kinds.explain.shard_flow import ShardFlow
from workers.kinds.explain.shard_images import shard_images
from workers.kinds.explain.shard_size import RateMeter, note_rate
from workers.step.kept_images import KeptImages
from workers.step.pulse import Pulse
from workers.step.stages import Stages
from workers.step.step_context import StepContext

_log = structlog.get_logger(__name__)


def explain_shard(spec: ExplainSpec, context: StepContext) -> Report:
    """Explain the images of one shard.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
        InvalidSpec: a method is not installed on this worker, or does not keep its contract.
    """
    added = added_methods(spec, worker=context.services.worker)
    plan, pulse, step, rate, stages = context.plan, context.pulse, context.step, RateMeter(), Stages()
    pulse.progress(0, message=f"{step}: loading the model")
    explainers = ModelExplainers(plan.used_model, spec, context.services.store, added)
    explainer = explainers.explainer()
    traces = explainer.later_traces
    examples = examples_of_shard(spec.dataset, context, label=spec.label, image_size=plan.used_model.height_and_width)
    measures = MapMeasures(explainers, plan.slices, check=pulse.check)
    with broken_methods_named(), HeatmapFiles(context.files, step, outputs=spec.outputs, stages=stages) as files:
        flow = ShardFlow(explainer, measures, files, method_settings(spec, plan.used_model), pulse, stages)
        kept = KeptImages(context)
        adopted = kept.adopt()
        files.maps.restore(adopted)
        measures.restore(adopted)
        before = [record for part in adopted for record in part.records]
        found = _records(examples.after(len(before)), flow, spec, plan.used_model)
        new = kept.keeping(found, lambda fresh: {**files.maps.unkept(), **measures.unkept(fresh)})
        records = (*before, *rate.timed(_shown(new, pulse, step, before=before)))
        with stages.timed("write"):
            artifacts = files.packed()
    stages.tell()
    if examples.poison is None:
        note_rate(plan.used_model, spec, context.services.board, images_per_s=rate.images_per_s)
    values = {
        "labels_left_out": plan.labels_left_out,
        "added_methods": _used(added),
        **_engine(explainer, traces),
        "randomization": measures.cascade_counts(),
    }
    return context.report_of_images(records, artifacts=artifacts, values=values)


def _records(
    examples: ShardExamples, flow: ShardFlow, spec: ExplainSpec, model: PublishedModel
) -> Iterator[ImageRecord]:
    """One record per image, in order; image by image where one of them may end its worker."""
    prepared = partial(shard_images, spec=spec, image_size=model.height_and_width, classes=len(model.class_names))
    if examples.poison is None:
        return flow.records(prepared(examples.all()))
    return examples.one_by_one(lambda example: flow.record(next(prepared([example]))), examples.poison)


def _used(added: Sequence[AddedMethod]) -> JsonValue:
    """The package of each added method, and all its options."""
    return {each.name: {"package": each.package, "options": json.loads(each.settings or "{}")} for each in added}


def _engine(explainer: Explainer, traces: int) -> dict[str, JsonValue]:
    """What the explainer chose, and what it compiled again after first batches; that is logged, since it costs time."""
    again = explainer.later_traces - traces
    if again:
        _log.warning("compiled_again", functions=again)
    return {
        "compiled_again": again,
        "precision": explainer.precision,
        "batch_size": explainer.batch_size,
        "path_batch_size": explainer.path_batch_size,
    }


def _shown(
    records: Iterable[ImageRecord], pulse: Pulse, step: str, *, before: Sequence[ImageRecord]
) -> Iterator[ImageRecord]:
    """The records, each counted in the progress of the step, on top of those that were done before."""
    failed = sum(record.error is not None for record in before)
    for done, record in enumerate(records, start=len(before) + 1):
        failed += record.error is not None
        pulse.progress(done, failed=failed, message=f"explaining, {step}")
        yield record
