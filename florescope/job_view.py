"""Reads a job from the API's JSON; unknown newer fields are ignored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jobs.state import JobState


@dataclass(frozen=True)
class ProgressView:
    """How far a job is: ``done`` of ``total`` units, such as images or epochs, of which some failed; see the API."""

    done: float
    total: float | None
    failed: int
    unit: str
    rate_per_s: float | None
    eta_s: float | None
    message: str


@dataclass(frozen=True)
class JobView:
    """One job at one moment.

    Attributes:
        error: why it failed, in one line; empty if it did not.
        document: the whole resource as the API sent it.
    """

    id: str
    kind: str
    state: JobState
    created_at: str
    progress: ProgressView
    error: str
    summary: dict[str, Any]
    spec: dict[str, Any]
    links: dict[str, str]
    document: dict[str, Any]

    @property
    def name(self) -> str:
        """What people call it: the name that they gave it, or that of its specification; may be empty."""
        return str(self.remarks.get("name") or self.spec.get("name") or "")

    @property
    def remarks(self) -> dict[str, Any]:
        """What people wrote beside it: ``name``, ``tags`` and ``notes``; empty where that is nothing."""
        return dict(self.document.get("remarks") or {})

    @property
    def over(self) -> bool:
        """Whether the state will not change any more."""
        return self.state.terminal


def read_job(document: Any) -> JobView:
    """Read a job resource.

    Raises:
        ValueError: the document is not a job.
    """
    try:
        progress = document["progress"]
        return JobView(
            id=str(document["id"]),
            kind=str(document["kind"]),
            state=JobState(document["state"]),
            created_at=str(document["created_at"]),
            progress=ProgressView(**{name: progress[name] for name in ProgressView.__dataclass_fields__}),
            error=_error(document.get("error")),
            summary=dict(document.get("summary") or {}),
            spec=dict(document["spec"]),
            links=dict(document.get("links") or {}),
            document=document,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a job: {error!r}") from error


def _error(error: dict[str, Any] | None) -> str:
    if not error:
        return ""
    field = f"{error['field']}: " if error.get("field") else ""
    return f"{field}{error['message']}"
