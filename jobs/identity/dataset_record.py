"""What is known of a folder of pictures beside the pictures."""

from __future__ import annotations

from datetime import datetime

from jobs.value import Document


class DatasetRecord(Document):
    """Who made a folder below ``datasets/``; written once, with its first picture.

    Attributes:
        folder: its path below ``datasets/``, such as ``mine`` or ``@rose/mine``.
        project: that it belongs to.
        submitter: the name of who put the first picture there.
    """

    folder: str
    project: str
    submitter: str
    created_at: datetime
