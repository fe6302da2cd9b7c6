"""How much a key or a project may do."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from jobs.value import Document, Value
from jobs.whole_number import WHOLE_NUMBER

Bound = Annotated[int, Field(ge=0, le=10**15), WHOLE_NUMBER] | None


class Quota(Value):
    """Upper bounds of a key, or of all keys of a project together; None for none.

    Attributes:
        active_jobs: that are not over, at a time.
        images_per_day: that jobs submitted in a day (UTC) explain, evaluate or audit.
        requests_per_minute: to the API.
        bytes: in the store: of a project all that it has, of a key what its holder put there, by their name.
    """

    active_jobs: Bound = None
    images_per_day: Bound = None
    requests_per_minute: Bound = None
    bytes: Bound = None


NO_QUOTA = Quota()


class ProjectQuota(Document):
    """The quota of a project, as it is stored."""

    project: str
    quota: Quota
