"""``report.html``: the results of an explanation on one self-contained page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drawing.colours import scale
from drawing.levels import CLIP_PERCENTILE
from jobs.results.convergence import describe_errors
from jobs.results.images.image_row import measure_column
from jobs.results.measure import FLAGS, LEFT_OUT, MAP_ERROR, MEASURES, Measure
from jobs.results.record import Outcome
from jobs.results.verdicts.verdict import verdict
from jobs.results.wording import number
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.explanation_methods import Colours
from jobs.specs.installed_methods import describe_method
from ml.attribution.small_difference import SMALL_DIFFERENCE
from workers.kinds.explain.measured import Measured, Numbers
from workers.kinds.explain.report.charts import Histogram, Scatter, histogram, scatter
from workers.kinds.explain.report.class_maps import shown_questions
from workers.kinds.explain.report.pictures import CLASSES_AT_MOST, Pictures, data_uri, gather, overlays
from workers.kinds.explain.report.selected_rows import select_rows
from workers.kinds.explain.report.selection import Selection
from workers.kinds.explain.summary import ExplanationSummary
from workers.kinds.page.templates import template
from workers.step.job_kind import FinishContext
from workers.tables.judged_images import judged_summary

_NOT_DRAWN = frozenset({"value", "baseline_value", "delta", "paths", "mask_share"})


@dataclass(frozen=True)
class MetricRow:
    """One measure of one method in the table: mean with its 95 % interval and median over so many images."""

    method: str
    measure: Measure
    mean: float
    median: float
    images: int
    interval_95: tuple[float, float] | None


def report_page(spec: ExplainSpec, context: FinishContext) -> bytes:
    """The page as UTF-8; what it shows is chosen first, so that only that is read and kept."""
    reports, store = context.reports, context.services.store
    measured = Measured(context.images, spec.methods)
    selection = select_rows(context.images)
    wanted = {record.image_id for record in selection.shown()}
    pictures = gather(reports, store, wanted, check=context.check)
    shown = {
        "title": "What the model looks at",
        "job": context.job,
        "spec": spec,
        "spec_text": json.dumps(spec.model_dump(mode="json"), indent=2, ensure_ascii=False),
        "model": context.plan.model,
        "total": context.plan.total,
        "spelling": context.plan.spelling,
        "code_version": reports[0].code_version if reports else None,
        "selection": selection,
        "overlays": overlays(selection.large(), store, check=context.check),
        **_numbers(context, measured, spec),
        **_charts(measured, spec),
        **_pictures(selection, pictures, context),
        **_methods(spec),
    }
    return _TEMPLATE.render(shown).encode()


def _numbers(context: FinishContext, measured: Measured, spec: ExplainSpec) -> dict[str, Any]:
    summary = ExplanationSummary(context.reports, measured, spec.faithfulness).document()
    summary |= judged_summary(context.images, context.plan.class_names)
    rows = [
        MetricRow(method, MEASURES[name], **values)
        for method, found in summary["metrics"].items()
        for name, values in found.items()
        if MEASURES[name].metric not in {"deletion", "insertion"}  # these have a table of their own
    ]
    complete = summary["images"] >= context.plan.total
    return {"summary": summary, "metric_rows": rows, "verdict": verdict("explain", summary, complete=complete)}


def _charts(measured: Measured, spec: ExplainSpec) -> dict[str, Any]:
    confidences = measured.images.numbers("confidence")
    spreads = [("Predictions", [histogram("confidence", confidences, low=0, high=1)])]
    for method in spec.methods:
        charts = [_histogram(name, measured.of(method, name), spec) for name in MEASURES]
        spreads.append((describe_method(method).title, charts))
    return {
        "spreads": [(name, found) for name, charts in spreads if (found := [chart for chart in charts if chart])],
        "scatters": [chart for method in spec.methods if (chart := _focus_chart(measured, method))],
    }


def _histogram(name: str, values: Numbers, spec: ExplainSpec) -> Histogram | None:
    title = MEASURES[name].title
    if not len(values) or name in _NOT_DRAWN or name.endswith(("_abs", "_random")):
        return None
    if name.endswith(("relative_delta", "judged_delta")):
        return histogram(title, values, low=0, high=2 * spec.ig.tolerance)
    if name == MAP_ERROR:
        return histogram(title, values, low=0, high=2 * spec.ig.map_tolerance)
    if name in {"evaluations", "cancellation"}:
        return histogram(title, values, low=0, high=float(values.max()))
    return histogram(title, values, low=-1 if name.startswith("spearman") else 0, high=1)


def _focus_chart(measured: Measured, method: str) -> Scatter | None:
    focus = measure_column(method, "focus")
    if focus not in measured.images.schema.names:
        return None
    parts = [_focus(batch, focus) for batch in measured.images.batches("confidence", focus, "outcome")]
    if not parts:
        return None
    confidence, values, right = (np.concatenate(each) for each in zip(*parts, strict=True))
    return scatter(describe_method(method).title, confidence, values, right=right)


def _focus(images: pa.RecordBatch, focus: str) -> tuple[Numbers, Numbers, npt.NDArray[np.bool_]]:
    """Confidence, focus and whether the prediction was right, of those images that have both."""
    confidence, values = (images.column(name).to_numpy(zero_copy_only=False) for name in ("confidence", focus))
    right = pc.not_equal(images.column("outcome"), Outcome.WRONG.value).to_numpy(zero_copy_only=False)
    known = ~(np.isnan(confidence) | np.isnan(values))
    return confidence[known], values[known], right[known]


def _pictures(selection: Selection, pictures: Pictures, context: FinishContext) -> dict[str, Any]:
    return {
        "photos": {
            record.image_id: data_uri(pictures.photos[record.image_id], "image/jpeg")
            for record in selection.large()
            if record.image_id in pictures.photos
        },
        "classes": pictures.classes(selection.examples),
        "classes_left_out": max(0, len(pictures.counts()) - CLASSES_AT_MOST),
        "class_names": context.plan.class_names,
        "clip_percentile": CLIP_PERCENTILE,
        "left_out_meanings": LEFT_OUT,
        "small_difference": SMALL_DIFFERENCE,
        "flag_meanings": FLAGS,
    }


def _methods(spec: ExplainSpec) -> dict[str, Any]:
    methods = {name: describe_method(name) for name in spec.methods}
    return {
        "methods": methods,
        "method_names": {name: method.title for name, method in methods.items()},
        "short_names": {name: method.short for name, method in methods.items()},
        "scales": {colours: scale(colours) for colours in get_args(Colours)},
    }


def _interval(value: Sequence[float] | None) -> str:
    return "–" if value is None else f"{number(value[0])} to {number(value[1])}"


_TEMPLATE = template(
    Path(__file__).with_name("report.html"), interval=_interval, missed=describe_errors, shown_questions=shown_questions
)
