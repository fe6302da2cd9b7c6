"""One shard: read its images, explain them in batches, store the heatmaps, and report every image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import structlog
from pydantic import JsonValue

from jobs.errors import InvalidSpec
from jobs.models.model import PublishedModel
from jobs.results.record import ImageRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from ml.attribution.explainer import Explainer
from workers.inputs.shard_examples import ShardExamples
from workers.kinds.explain.explainer_cache import explainer_for
from workers.kinds.explain.heatmap_files import HeatmapFiles
from workers.kinds.explain.image_record import method_settings
from workers.kinds.explain.map_measures import MapMeasures
from workers.kinds.explain.shard_flow import ShardFlow
from workers.kinds.explain.shard_images import shard_images
from workers.kinds.explain.shard_size import Pace, note_rate
from workers.step.step_context import StepContext

_log = structlog.get_logger(__name__)


def explain_shard(context: StepContext) -> Report:
    """Explain the images of one shard.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
    """
    spec, plan = context.job.spec, context.plan
    if not isinstance(spec, ExplainSpec) or plan.model is None or plan.split is None:
        raise InvalidSpec("only an explanation has shards")
    context.pulse.progress(0, message=f"{context.step}: loading the model")
    explainer = explainer_for(plan.model, spec, context.services)
    traces = explainer.later_traces
    examples = ShardExamples(context, spec.dataset)
    with HeatmapFiles(context, spec) as files:
        measures, settings = MapMeasures(context, spec, plan.model), method_settings(spec, plan.model)
        flow = ShardFlow(explainer, measures, files, settings, context.pulse)
        pace = Pace()
        found = _records(examples, flow, spec, plan.model)
        records = tuple(pace.timed(_told(found, context)))
        artifacts = files.packed()
    note_rate(plan.model, spec, context.services, images_per_s=None if examples.careful else pace.images_per_s)
    return context.report(
        records=records,
        artifacts=artifacts,
        values={"labels_left_out": plan.labels_left_out, **_engine(explainer, traces, context)},
    )


def _records(
    examples: ShardExamples, flow: ShardFlow, spec: ExplainSpec, model: PublishedModel
) -> Iterator[ImageRecord]:
    """One record per image, in order; image by image where one of them is suspected to end its worker."""
    prepared = partial(shard_images, spec=spec, image_size=model.image_size, classes=len(model.class_names))
    if not examples.careful:
        return flow.records(prepared(examples.all()))
    return examples.one_by_one(lambda example: flow.record(next(prepared([example]))))


def _engine(explainer: Explainer, traces: int, context: StepContext) -> dict[str, JsonValue]:
    """What the explainer chose, and what it compiled again after first batches; the log is told: it costs time."""
    again = explainer.later_traces - traces
    if again:
        _log.warning("compiled_again", job_id=context.job.id, step=context.step, functions=again)
    return {
        "compiled_again": again,
        "precision": explainer.precision,
        "batch_size": explainer.batch_size,
        "path_batch_size": explainer.path_batch_size,
    }


def _told(records: Iterable[ImageRecord], context: StepContext) -> Iterator[ImageRecord]:
    """The records, and the pulse told of each."""
    failed = 0
    for done, record in enumerate(records, start=1):
        failed += record.error is not None
        context.pulse.progress(done, failed=failed, message=f"explaining, {context.step}")
        yield record
