"""One attempt at one step, as the worker hands it to the kind of job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs import keys
from jobs.job import Job
from jobs.plan import Plan
from jobs.results.image_counts import count_images
from jobs.results.record import ImageRecord
from jobs.results.report import Report
from workers.step.file_writer import FileWriter
from workers.step.pulse import Pulse
from workers.step.services import Services


@dataclass(frozen=True)
class StepContext:
    """Everything about an attempt; the function that runs the step takes from it what each part of the work needs.

    Attributes:
        deaths: earlier attempts whose worker died at this step.
    """

    services: Services
    job: Job
    plan: Plan
    step: str
    attempt: str
    started_at: datetime
    deaths: int
    pulse: Pulse

    @property
    def files(self) -> FileWriter:
        """Where the files of this attempt are written."""
        return FileWriter(self.services.store, keys.attempt(self.job.id, self.step, self.attempt))

    def report_of_images(self, records: Sequence[ImageRecord], **found: Any) -> Report:
        """The report of a shard: its rows are stored as a file, and counted.

        Raises:
            Corrupt: a record could not be read again, so nobody could mend what would be stored.
        """
        from workers.tables.image_part import NAME, PARQUET, encode_part, image_part, records_of  # noqa: PLC0415

        report = self.report(images=count_images(records), **found)
        part = image_part(self.job, self.plan, report, records)
        records_of(part)
        return report.model_copy(update={"rows": self.files.put(f"{self.step}/{NAME}", encode_part(part), PARQUET)})

    def report(self, **found: Any) -> Report:
        """The report of this attempt: whose it is, and what else is known, by the fields of ``Report``."""
        return Report(
            job_id=self.job.id,
            step=self.step,
            attempt=self.attempt,
            worker=self.services.worker,
            started_at=self.started_at,
            finished_at=datetime.now(UTC),
            code_version=self.services.code_version,
            **found,
        )
