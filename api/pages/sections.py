"""What the page of a job shows below its numbers, kind by kind; ``templates/kinds/<kind>.html`` draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from api.backend import Backend
from api.pages.curve import learning_curves
from api.result_query import ResultQuery, Sort
from api.routes.results import read_results
from jobs.record import Outcome

Section = Callable[[Backend, str, ResultQuery], dict[str, object]]
FILTERS = (("all", None), ("correct", Outcome.CORRECT), ("wrong", Outcome.WRONG), ("errors", Outcome.ERROR))
SORTS: tuple[tuple[str, Sort], ...] = (
    ("in order", "index"),
    ("surest first", "-confidence"),
    ("least sure first", "confidence"),
    ("worst convergence first", "-relative_delta"),
)


def _training(backend: Backend, job_id: str, _: ResultQuery) -> dict[str, object]:
    model = backend.reports.trained_model(job_id)
    return {"charts": learning_curves(backend.reports.history(job_id)), "model": model}


def _images(backend: Backend, job_id: str, query: ResultQuery) -> dict[str, object]:
    images, following = read_results(backend, job_id, query)
    here = f"/jobs/{job_id}"
    return {
        "images": images,
        "filters": [(name, _url(here, value, query.sort), value == query.outcome) for name, value in FILTERS],
        "sorts": [(name, _url(here, query.outcome, value), value == query.sort) for name, value in SORTS],
        "more": _url(here, query.outcome, query.sort, after=following) if following else None,
        "first_page": query.after is None,
    }


def _url(here: str, outcome: Outcome | None, sort: Sort, *, after: str | None = None) -> str:
    chosen = {"outcome": outcome and outcome.value, "sort": sort if sort != "index" else None, "after": after}
    given = urlencode({name: value for name, value in chosen.items() if value is not None})
    return f"{here}?{given}#images" if given else f"{here}#images"


SECTIONS: Mapping[str, Section] = {"train": _training, "explain": _images}
