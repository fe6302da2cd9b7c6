"""How long what a project has is kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from jobs.value import Document, Value

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
PERIOD = r"^[1-9][0-9]{0,3}[hdw]$"
PERIOD_IN_WORDS = "a number of hours, days or weeks up to 9999, such as '12h', '90d' or '8w'"
Period = Annotated[str, Field(pattern=PERIOD)]
"""Such as ``90d``: hours, days or weeks."""


class Retention(Value):
    """Periods after the end of a job, or the last write of a file; None for ever.

    What is archived, or used by what is kept, stays.

    Attributes:
        keep: jobs that left no model, with their results.
        models: jobs that left a model, with the model.
        heatmaps: pictures and raw maps of explanations; tables, reports and numbers stay.
        uploads: files that were sent and that no import needs which is not over.
    """

    keep: Period | None = None
    models: Period | None = None
    heatmaps: Period | None = None
    uploads: Period | None = None


class SharedRetention(Value):
    """Periods after the last write of what belongs to no project; None for ever.

    Attributes:
        features: of frozen backbones; a training that wants them later computes them again.
    """

    features: Period | None = None


NO_RETENTION = Retention()


class RetentionPolicy(Document):
    """The retention of a project, as it is stored."""

    project: str
    retention: Retention


class SharedRetentionPolicy(Document):
    """The retention of what belongs to no project, as it is stored."""

    retention: SharedRetention


def length_of(period: str) -> timedelta:
    """How long a period is."""
    found = re.fullmatch(r"(\d+)([hdw])", period)
    assert found  # noqa: S101  (its type says so)
    return int(found[1]) * _UNITS[found[2]]
