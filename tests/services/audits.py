"""Runs audits in this process, step by step, as workers do."""

from __future__ import annotations

from typing import Any

from dispatch.submission import submit
from jobs import keys
from jobs.job import Job, JobEnd
from jobs.plan import Plan
from jobs.results.finding import Findings
from jobs.specs.spec import spec_adapter
from tests.integration.workers.conftest import submit_explanation
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def submit_audit(services: Services, **changes: Any) -> str:
    document = {
        "kind": "audit",
        "model": "trained",
        "dataset": "synthetic_flowers",
        "split": "test[0:24]",
        "training_split": "train[0:24]",
        "shard_size": 12,
        **changes,
    }
    spec = spec_adapter.validate_python(document)
    return submit(spec, store=services.store, board=services.board, queue=services.queue).job.id


def run_all(services: Services, job_id: str) -> JobEnd:
    """Every step in the order of the plan, the explanation that the audit submits in its turn."""
    run_step(job_id, "plan", services)
    for step in steps_of(services, job_id):
        run_one(services, job_id, step)
    run_step(job_id, "finalize", services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def run_one(services: Services, job_id: str, step: str) -> str:
    """A step; where it waits for the explanation that it submitted, that is run first."""
    outcome = run_step(job_id, step, services)
    if step == "explanation" and (child := child_of(services, job_id)) is not None:
        run_step(child.id, "plan", services)
        for shard in steps_of(services, child.id):
            run_step(child.id, shard, services)
        run_step(child.id, "finalize", services)
        return run_step(job_id, step, services)
    return outcome


def steps_of(services: Services, job_id: str) -> tuple[str, ...]:
    found = services.store.head(keys.plan(job_id))
    return Plan.decode(services.store.get(keys.plan(job_id))).steps if found is not None else ()


def child_of(services: Services, job_id: str) -> Job | None:
    """The explanation that an audit has submitted."""
    stored = [info.key for info in services.store.list(keys.JOBS_PREFIX) if info.key.endswith("/spec.json")]
    jobs = (Job.decode(services.store.get(key)) for key in stored)
    return next((job for job in jobs if job.parent == job_id), None)


def findings_of(services: Services, job_id: str) -> Findings:
    return Findings.decode(services.store.get(keys.file(job_id, "findings.json")))


def explained(services: Services, **changes: Any) -> str:
    """An explanation of the audited images, done."""
    explanation = submit_explanation(services, **{"split": "test[0:24]", "shard_size": 64, **changes})
    for step in ("plan", "shard-00000", "finalize"):
        run_step(explanation, step, services)
    return explanation
