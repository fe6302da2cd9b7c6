"""Stands in for the specification of a job that cannot be read."""

from __future__ import annotations

from typing import Literal

from jobs.specs.job_spec import JobSpec


class UnknownSpec(JobSpec):
    """What is shown in place of a specification that is damaged, or that a later release wrote; never stored."""

    kind: Literal["unknown"] = "unknown"
    name: str | None = None
