"""Reads the numbers of an evaluation for its page."""

from __future__ import annotations

import json
from typing import Any

from api.backend import Backend

METRICS = "metrics.json"


def read_metrics(backend: Backend, job_id: str) -> dict[str, Any] | None:
    """``metrics.json`` of a job, or None before it is there."""
    file = backend.reports.file(job_id, METRICS)
    if file is None:
        return None
    document: dict[str, Any] = json.loads(backend.store.get(file.key))
    return document
