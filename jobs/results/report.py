"""Defines the report of a finished step, which is its commit marker: the results of the attempt that counts."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, JsonValue

from jobs.errors import Corrupt
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.results.image_counts import ImageCounts, count_images
from jobs.results.record import ImageRecord
from jobs.value import Document


class Report(Document):
    """The results of a finished step; the step is done when its report exists.

    Attributes:
        attempt: unique id of the attempt whose files count.
        images: of a shard, in a few numbers.
        rows: of a shard, the file with a row for each of its images, in order; its records are in there.
        records: one per image, in reports that 0.1.0 has written; later ones have ``rows`` instead.
        artifacts: files that belong to the step as a whole.
        model: what a training or an import published.
        skipped: images that training could not read, or trials that failed, with the reason.
        code_version: version of this package that did the work, with its commit where that is known.
        values: measured numbers of the step as a whole, as its kind of job defines them.
    """

    job_id: str
    step: str
    attempt: str
    worker: str
    started_at: datetime
    finished_at: datetime
    images: ImageCounts | None = None
    rows: Artifact | None = None
    records: tuple[ImageRecord, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    model: PublishedModel | None = None
    skipped: tuple[tuple[str, str], ...] = ()
    code_version: str | None = None
    values: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def counts(self) -> ImageCounts:
        """The images of the step in a few numbers, whichever release wrote the report."""
        return self.images or count_images(self.records)

    @property
    def failed(self) -> int:
        """Number of images that ended as an error."""
        return self.counts.failed

    @property
    def made_model(self) -> PublishedModel:
        """The model, of a step that makes one.

        Raises:
            Corrupt: the report names none.
        """
        if self.model is None:
            raise Corrupt(f"the report of {self.step} of job {self.job_id} names no model")
        return self.model

    @property
    def files(self) -> tuple[Artifact, ...]:
        """Every file of the step but the pictures of single images."""
        return self.artifacts if self.rows is None else (*self.artifacts, self.rows)
