"""What a form offers for data sets, models and jobs; whoever knows better may type something else."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from api.backend import Backend
from api.readers.jobs.job_query import JobQuery
from api.routes.models import read_models
from jobs.errors import JobError
from jobs.specs.spec_values import JOB_REFERENCE
from jobs.state import USABLE

MOST = 50


class Suggestion(NamedTuple):
    """A value, and what people know it by."""

    value: str
    label: str


def suggestions(backend: Backend) -> dict[str, list[Suggestion]]:
    """By the list that inputs name; from the first one on that cannot be read now, they are empty."""
    found: dict[str, list[Suggestion]] = {"datasets": [], "models": [], "results": [], "explanations": []}
    with suppress(JobError):
        found["datasets"] = [Suggestion(item.name, "") for item in backend.datasets.items()][:MOST]
        models, _, _ = read_models(backend, limit=MOST, after=None)
        found["models"] = [
            Suggestion(model.id, " · ".join(filter(None, (model.name, model.dataset)))) for model in models
        ]
        explanations, evaluations = (_jobs(backend, kind) for kind in ("explain", "evaluate"))
        found["explanations"] = [each._replace(value=f"{JOB_REFERENCE}{each.value}") for each in explanations]
        found["results"] = [*explanations, *evaluations]
    return found


def _jobs(backend: Backend, kind: str) -> list[Suggestion]:
    jobs, _ = backend.jobs.page(JobQuery(kind=kind, parent="", limit=MOST), live=False)
    return [
        Suggestion(job.id, str(getattr(job.spec, "name", None) or getattr(job.spec, "dataset", "")))
        for job in jobs
        if job.state in USABLE or not job.state.terminal
    ]
