"""What a form offers for data sets, models and jobs; whoever knows better may type something else."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from api.backend import Backend
from api.readers.jobs.job_query import JobQuery
from jobs.errors import Corrupt, JobError, NewerVersion, Retryable
from jobs.specs.spec_values import JOB_REFERENCE
from jobs.state import USABLE

MOST = 50


class Suggestion(NamedTuple):
    """A value, and what people know it by."""

    value: str
    label: str


def suggestions(backend: Backend) -> dict[str, list[Suggestion]]:
    """By the list that inputs name; lists that cannot be read now are empty."""
    found: dict[str, list[Suggestion]] = {"datasets": [], "models": [], "results": [], "explanations": []}
    with suppress(Retryable, JobError):
        found["datasets"] = [Suggestion(item.name, "") for item in backend.datasets.items()][:MOST]
        found["models"] = _models(backend)
        explanations, evaluations = (_jobs(backend, kind) for kind in ("explain", "evaluate"))
        found["explanations"] = [each._replace(value=f"{JOB_REFERENCE}{each.value}") for each in explanations]
        found["results"] = [*explanations, *evaluations]
    return found


def _models(backend: Backend) -> list[Suggestion]:
    found = []
    for model_id in backend.models.ids()[:MOST]:
        with suppress(Corrupt, NewerVersion):
            model = backend.reports.model(model_id)
            found.append(Suggestion(model.id, " · ".join(filter(None, (model.name, model.dataset)))))
    return found


def _jobs(backend: Backend, kind: str) -> list[Suggestion]:
    jobs, _ = backend.jobs.page(JobQuery(kind=kind, parent="", limit=MOST), live=False)
    return [
        Suggestion(job.id, str(getattr(job.spec, "name", None) or getattr(job.spec, "dataset", "")))
        for job in jobs
        if job.state in USABLE or not job.state.terminal
    ]
