"""Collects what the page of a job shows below its numbers, by kind; ``templates/kinds/<kind>.html`` draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import quote, urlencode

from api.backend import Backend
from api.pages.comparison import picture_pairs, read_comparison
from api.pages.curve import learning_curves
from api.pages.exported_files import exported_files
from api.pages.gallery.leads import finding_url, images_of_job, measure_bars, wrong_of_class
from api.pages.metrics import read_metrics
from api.pages.templates import title
from api.readers.images.result_query import ResultQuery
from api.routes.results import read_results
from api.routes.trials import read_trials
from jobs.errors import BoardUnavailable
from jobs.results.comparison.document import DOCUMENT, PAGE
from jobs.results.comparison.document import TABLE as TABLE_BY_IMAGE
from jobs.results.comparison.parts import shown_parts
from jobs.results.comparison.tables import comparison_tables
from jobs.results.finding import TITLES, Findings
from jobs.results.measure import FLAGS, LEFT_OUT, MEASURES
from jobs.results.record import Outcome

Section = Callable[[Backend, str, ResultQuery], dict[str, object]]
FILTERS = (("all", None), ("correct", Outcome.CORRECT), ("wrong", Outcome.WRONG), ("errors", Outcome.ERROR))
SORTS: tuple[tuple[str, str], ...] = (
    ("in order", "index"),
    ("surest first", "-confidence"),
    ("least sure first", "confidence"),
    ("worst map error first", "-map_error"),
    ("worst sum first", "-judged_delta"),
    ("most focused first", "-focus"),
    ("worst deletion first", "-deletion_auc"),
)
REPORT, TABLE = "report.html", "results.parquet"
FINDINGS, FINDINGS_TABLE, AUDIT_PAGE = "findings.json", "findings.parquet", "audit.html"
REPORTS: Mapping[str, str] = {"compare": PAGE, "audit": AUDIT_PAGE}
"""Name of the page that a job made of its results, by kind, where it is not ``REPORT``."""

FIGURES = {
    "robustness.png": "Accuracy under corruption",
    "reliability.png": "Reliability",
    "confusion.png": "Confusion matrix",
}


def _training(backend: Backend, job_id: str, _: ResultQuery) -> dict[str, object]:
    model = backend.reports.trained_model(job_id)
    return {"charts": learning_curves(backend.reports.history(job_id)), "model": model}


def _imported(backend: Backend, job_id: str, _: ResultQuery) -> dict[str, object]:
    return {"model": backend.reports.trained_model(job_id)}


def _exported(backend: Backend, job_id: str, _: ResultQuery) -> dict[str, object]:
    return exported_files(backend, job_id)


def _images(
    backend: Backend, job_id: str, query: ResultQuery, *, sorts: Sequence[tuple[str, str]] = SORTS
) -> dict[str, object]:
    images, following = read_results(backend, job_id, query)
    here, wanted = f"/jobs/{job_id}", query.filter
    outcome = wanted.outcome[0] if wanted.outcome else None
    return {
        "images": images,
        "filters": [(name, _url(here, value, wanted.sort), value == outcome) for name, value in FILTERS],
        "sorts": [(name, _url(here, outcome, value), value == wanted.sort) for name, value in sorts],
        "more": _url(here, outcome, wanted.sort, after=following) if following else None,
        **images_of_job(backend, job_id),
        "wrong_of_class": partial(wrong_of_class, job_id),
        "first_page": query.after is None,
    }


def _explanation(backend: Backend, job_id: str, query: ResultQuery) -> dict[str, object]:
    made = {file.name for file in backend.reports.files(job_id)}
    return {
        **_images(backend, job_id, query),
        "report": f"/jobs/{job_id}/report" if REPORT in made else None,
        "table": f"/v1/jobs/{job_id}/artifacts/{TABLE}" if TABLE in made else None,
        "spread": measure_bars(backend, job_id) if made else [],
        "measures": MEASURES,
        "flag_meanings": FLAGS,
        "left_out_meanings": LEFT_OUT,
        "class_names": backend.reports.class_names(job_id),
    }


def _url(here: str, outcome: Outcome | None, sort: str, *, after: str | None = None) -> str:
    chosen = {"outcome": outcome and outcome.value, "sort": sort if sort != "index" else None, "after": after}
    given = urlencode({name: value for name, value in chosen.items() if value is not None})
    return f"{here}?{given}#images" if given else f"{here}#images"


def _trials(backend: Backend, job_id: str, _: ResultQuery) -> dict[str, object]:
    try:
        trials = read_trials(backend, job_id)
    except BoardUnavailable:
        trials = read_trials(backend, job_id, live=False)
    pictures = [file.name for file in backend.reports.files(job_id) if file.name.endswith(".png")]
    return {
        "trials": trials,
        "model": backend.reports.trained_model(job_id),
        "pictures": pictures,
    }


def _evaluation(backend: Backend, job_id: str, query: ResultQuery) -> dict[str, object]:
    pictures = [picture for name in FIGURES if (picture := _picture(backend, job_id, name)) is not None]
    images = _images(backend, job_id, query, sorts=SORTS[:3])
    return {**images, "metrics": read_metrics(backend, job_id), "pictures": pictures}


def _preview(backend: Backend, job_id: str, _: ResultQuery) -> dict[str, object]:
    steps = backend.reports.steps(job_id)
    names = [artifact.name for step in steps for artifact in backend.reports.report(job_id, step).artifacts]
    return {"pictures": [f"/v1/jobs/{job_id}/artifacts/{quote(name)}" for name in names]}


def _picture(backend: Backend, job_id: str, name: str) -> tuple[str, str] | None:
    """What a picture of the whole job shows, and where it is."""
    made = backend.reports.file(job_id, name) is not None
    return (FIGURES[name], f"/v1/jobs/{job_id}/artifacts/{name}") if made else None


def _comparison(backend: Backend, job_id: str, _: ResultQuery) -> dict[str, object]:
    comparison = read_comparison(backend, job_id)
    if comparison is None:
        return {"comparison": None}
    return {
        "comparison": comparison,
        "parts": shown_parts(comparison),
        "pairs": partial(picture_pairs, comparison),
        "lists": backend.comparisons.lists(job_id),
        "tables": comparison_tables(comparison, title_of=title),
        "report": f"/jobs/{job_id}/report",
        "files": [(name, f"/v1/jobs/{job_id}/artifacts/{name}") for name in (DOCUMENT, TABLE_BY_IMAGE)],
    }


def _audit(backend: Backend, job_id: str, query: ResultQuery) -> dict[str, object]:
    images = _images(backend, job_id, query, sorts=SORTS[:3])
    file = backend.reports.file(job_id, FINDINGS)
    if file is None:
        return {**images, "found": None}
    found = Findings.decode(backend.store.get(file.key))
    files = f"/v1/jobs/{job_id}/artifacts"
    return {
        **images,
        "found": found,
        "titles": TITLES,
        "finding_url": partial(finding_url, job_id, found),
        "page": f"/jobs/{job_id}/report",
        "table": f"{files}/{FINDINGS_TABLE}",
        "document": f"{files}/{FINDINGS}",
    }


SECTIONS: Mapping[str, Section] = {
    "train": _training,
    "explain": _explanation,
    "evaluate": _evaluation,
    "preview": _preview,
    "sweep": _trials,
    "import": _imported,
    "compare": _comparison,
    "audit": _audit,
    "export": _exported,
}
