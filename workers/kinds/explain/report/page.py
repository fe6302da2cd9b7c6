"""``report.html``: the results of an explanation on one self-contained page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jobs.results.convergence import describe_delta
from jobs.results.explanation_summary import summarize_explanation
from jobs.results.measure import FLAGS, MEASURES, Measure
from jobs.results.record import ImageRecord, Outcome
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from ml.attribution.integrated_gradients.adaptive_path import SMALL_DIFFERENCE
from ml.attribution.quality import faithfulness
from ml.figures.overlay import CLIP_PERCENTILE, scale
from workers.kinds.explain.method_colours import KINDS
from workers.kinds.explain.report.charts import Histogram, Scatter, histogram, scatter
from workers.kinds.explain.report.class_maps import maps_by_class
from workers.kinds.explain.report.pictures import CLASSES_AT_MOST, Pictures, data_uri, gather, overlays
from workers.kinds.explain.report.selection import Selection, select
from workers.step.job_kind import FinishContext

METHOD_NAMES = {"gradcam": "GradCAM", "integrated_gradients": "Integrated Gradients"}
_NOT_DRAWN = frozenset({"value", "baseline_value", "delta", "paths", "mask_share"})


@dataclass(frozen=True)
class MetricRow:
    """One measure of one method in the table: mean and median over so many images."""

    method: str
    measure: Measure
    mean: float
    median: float
    images: int


def report_page(spec: ExplainSpec, context: FinishContext) -> bytes:
    """The page as UTF-8; what it shows is chosen first, so that only that is read and kept."""
    reports, store = context.reports, context.services.store
    selection = select([record for report in reports for record in report.records])
    wanted = {record.image_id for record in selection.shown()}
    pictures = gather(reports, store, wanted, check=context.check)
    shown = {
        "job": context.job,
        "spec": spec,
        "spec_text": json.dumps(spec.model_dump(mode="json"), indent=2, ensure_ascii=False),
        "model": context.plan.model,
        "total": context.plan.total,
        "code_version": reports[0].code_version if reports else None,
        "selection": selection,
        "overlays": overlays(selection.large(), store, check=context.check),
        **_numbers(reports),
        **_charts(reports, spec),
        **_pictures(selection, pictures, context),
    }
    return _environment.get_template("report.html").render(shown).encode()


def _numbers(reports: tuple[Report, ...]) -> dict[str, Any]:
    summary = summarize_explanation(reports)
    rows = [
        MetricRow(method, MEASURES[name], **values)
        for method, measured in summary["metrics"].items()
        for name, values in measured.items()
    ]
    return {"summary": summary, "metric_rows": rows}


def _charts(reports: tuple[Report, ...], spec: ExplainSpec) -> dict[str, Any]:
    records = [record for report in reports for record in report.records if record.error is None]
    confidences = [record.confidence for record in records if record.confidence is not None]
    spreads = [("Predictions", [histogram("confidence", confidences, low=0, high=1)])]
    for method in spec.methods:
        charts = [_histogram(name, _values(records, method, name), spec) for name in MEASURES]
        spreads.append((METHOD_NAMES[method], charts))
    return {
        "spreads": [(name, found) for name, charts in spreads if (found := [chart for chart in charts if chart])],
        "scatters": [chart for method in spec.methods if (chart := _focus_chart(records, method))],
    }


def _histogram(name: str, values: list[float], spec: ExplainSpec) -> Histogram | None:
    title = MEASURES[name].title
    if not values or name in _NOT_DRAWN or name.endswith("_abs"):
        return None
    if name.endswith(("relative_delta", "judged_delta")):
        return histogram(title, values, low=0, high=2 * spec.ig.tolerance)
    if name == "evaluations":
        return histogram(title, values, low=0, high=max(values))
    return histogram(title, values, low=-1 if name.startswith("spearman") else 0, high=1)


def _focus_chart(records: list[ImageRecord], method: str) -> Scatter | None:
    points = [
        (record.confidence, focus, record.outcome is not Outcome.WRONG)
        for record in records
        if (found := record.method(method)) and record.confidence is not None
        if (focus := found.values.get("focus")) is not None
    ]
    return scatter(METHOD_NAMES[method], points)


def _values(records: list[ImageRecord], method: str, name: str) -> list[float]:
    found = (record.method(method) for record in records)
    return [value for each in found if each and (value := each.values.get(name)) is not None]


def _pictures(selection: Selection, pictures: Pictures, context: FinishContext) -> dict[str, Any]:
    return {
        "photos": {
            record.image_id: data_uri(pictures.photos[record.image_id], "image/jpeg")
            for record in selection.large()
            if record.image_id in pictures.photos
        },
        "classes": pictures.classes(selection.examples),
        "classes_left_out": max(0, len(pictures.counts()) - CLASSES_AT_MOST),
        "class_names": context.plan.model.class_names if context.plan.model else (),
        "method_names": METHOD_NAMES,
        "short_names": {**METHOD_NAMES, "integrated_gradients": "IG"},
        "clip_percentile": CLIP_PERCENTILE,
        "faithfulness": faithfulness,
        "small_difference": SMALL_DIFFERENCE,
        "scales": {kind: scale(kind) for kind in KINDS.values()},
        "flag_meanings": FLAGS,
    }


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _words(value: str) -> str:
    return value.replace("_", " ")


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    percent=_percent, number=_number, words=_words, missed=describe_delta, maps_by_class=maps_by_class
)
