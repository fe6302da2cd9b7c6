"""Sends the events that make one row per job in Flower; a lost event never stops the work."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Celery

from jobs.job import Job, Snapshot
from jobs.state import USABLE, JobState

_log = structlog.get_logger(__name__)
_ENDINGS = {
    JobState.SUCCEEDED: "task-succeeded",
    JobState.COMPLETED_WITH_ERRORS: "task-succeeded",
    JobState.FAILED: "task-failed",
    JobState.CANCELLED: "task-revoked",
}


def task_name(kind: str) -> str:
    """What Flower calls a job of this kind."""
    return f"florescope.{kind}"


def job_name(job: Job) -> str:
    """What the row of a job is called: the name of its specification, or the data set that it is about."""
    return str(getattr(job.spec, "name", None) or getattr(job.spec, "dataset", None) or "")


class JobEvents:
    """Sends job events through Celery's event exchange."""

    def __init__(self, app: Celery, worker: str) -> None:
        self._app = app
        self._worker = worker

    def received(self, job: Job, *, args: str = "") -> None:
        """The job was planned or waits to be."""
        self._send("task-received", job.id, args=args, kwargs="{}", **_about(job))

    def started(self, job: Job) -> None:
        """The first step begins."""
        self._send("task-started", job.id, **_about(job))

    def progressed(self, snapshot: Snapshot, job: Job) -> None:
        """A full picture each time, so that a Flower that was restarted knows all."""
        progress = snapshot.progress
        self._send(
            "task-progress",
            snapshot.job_id,
            **_about(job),
            root_id=snapshot.job_id,
            progress=f"{100 * progress.fraction:05.1f} %",
            stage=f"{snapshot.state.value}: {progress.message}".removesuffix(": "),
            eta_s=progress.eta_s,
        )

    def ended(self, job_id: str, state: JobState, *, runtime_s: float, message: str) -> None:
        """The job reached its terminal state."""
        fields: dict[str, Any] = {
            "task-succeeded": {"result": message, "runtime": runtime_s},
            "task-failed": {"exception": message, "traceback": ""},
            "task-revoked": {"terminated": True, "signum": None, "expired": False},
        }
        # Flower keeps the stage that it heard of last: a row that is over must not read "running".
        whole = {"progress": "100.0 %"} if state in USABLE else {}
        self._send("task-progress", job_id, stage=state.value.replace("_", " "), eta_s=None, **whole)
        self._send(_ENDINGS[state], job_id, **fields[_ENDINGS[state]])

    def _send(self, event: str, job_id: str, **fields: Any) -> None:
        try:
            with self._app.events.default_dispatcher(hostname=self._worker) as dispatcher:
                dispatcher.send(event, uuid=job_id, retry=False, **fields)
        except Exception as error:  # noqa: BLE001  (a picture of the work must never stop the work)
            _log.info("job_event_lost", event_type=event, job_id=job_id, error=str(error))


def _about(job: Job) -> dict[str, str]:
    return {"name": task_name(job.spec.kind), "job": job_name(job)}
