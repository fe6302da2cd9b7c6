"""Reads files that earlier steps of the same job, or of another one, have committed."""

from __future__ import annotations

import json
from typing import Any

from jobs import keys
from jobs.models.artifact import Artifact
from jobs.results.report import Report
from store.base import ObjectStore
from store.verified import verified_bytes
from workers.step.step_context import StepContext

JSON = "application/json"


def read_report(job_id: str, step: str, store: ObjectStore) -> Report:
    """What a step has committed.

    Raises:
        ObjectNotFound: nothing yet.
    """
    return Report.decode(store.get(keys.report(job_id, step)))


def step_file(job_id: str, step: str, name: str, store: ObjectStore) -> bytes | None:
    """The bytes of the file ``<step>/<name>``, or None where the step made none.

    Raises:
        Corrupt: they are not what the step's report names.
    """
    report = read_report(job_id, step, store)
    return next((verified_bytes(file, store) for file in report.artifacts if file.name == f"{step}/{name}"), None)


def step_json(context: StepContext, step: str) -> Any:
    """The document ``<step>/<step>.json`` that an earlier step of this job left, or None."""
    data = step_file(context.job.id, step, f"{step}.json", context.services.store)
    return None if data is None else json.loads(data)


def put_json(context: StepContext, document: Any) -> Artifact:
    """Store a document as the file ``<step>/<step>.json`` of this step."""
    data = json.dumps(document, indent=1, ensure_ascii=False).encode()
    return context.files.put(f"{context.step}/{context.step}.json", data, JSON)
