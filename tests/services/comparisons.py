"""Comparisons of made-up jobs, run step by step by a worker without Celery."""

from __future__ import annotations

from typing import Any

import numpy as np

from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.results.comparison.document import Comparison
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from tests.services.stored_results import MadeUpImage
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

RISING = np.arange(4, dtype=np.float32).reshape(2, 2)
FALLING = RISING[::-1, ::-1].copy()


def images(*, right: int, wrong: int, **changes: Any) -> list[MadeUpImage]:
    """So many that are predicted right, then so many that are not."""
    return [
        MadeUpImage(f"test-{place:05d}", prediction=int(place >= right), maps={"gradcam": RISING}, **changes)
        for place in range(right + wrong)
    ]


def submit_comparison(services: Services, **changes: Any) -> str:
    """Submit a comparison of the jobs ``one`` and ``other``, and return its id."""
    spec = spec_adapter.validate_python({"kind": "compare", "first": "one", "second": "other", **changes})
    return submit(spec, store=services.store, board=services.board, queue=services.queue).job.id


def compared(services: Services, **changes: Any) -> tuple[JobEnd, str]:
    """Submit and run one; returns its end and its id."""
    job_id = submit_comparison(services, **changes)
    for step in ("plan", "compare", "finalize"):
        run_step(job_id, step, services)
    return JobEnd.decode(services.store.get(keys.end(job_id))), job_id


def found_by(services: Services, **changes: Any) -> Comparison:
    """What a comparison that succeeds has found."""
    end, job_id = compared(services, **changes)
    assert end.state is JobState.SUCCEEDED, end.error
    return Comparison.decode(services.store.get(artifact(services, job_id, "comparison.json")))


def artifact(services: Services, job_id: str, name: str) -> str:
    """The key of a file that the step of a comparison wrote."""
    report = Report.decode(services.store.get(keys.report(job_id, "compare")))
    return next(file.key for file in report.artifacts if file.name == name)


def refusal(services: Services, **changes: Any) -> tuple[str, str]:
    """The field and the message of a comparison that fails."""
    end, _ = compared(services, **changes)
    assert end.state is JobState.FAILED
    assert end.error is not None
    return end.error.field, end.error.message
