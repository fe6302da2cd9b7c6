"""Names the keys of the board in Redis: one hash or value for each job."""

from __future__ import annotations

from dataclasses import dataclass

import redis

KEPT_S = 7 * 24 * 3600
"""Whatever a worker may still write when its job is over and forgotten expires after so long."""


@dataclass(frozen=True)
class JobKeys:
    """The client, and how the keys of an installation begin."""

    client: redis.Redis
    prefix: str

    def of(self, name: str, job_id: str) -> str:
        """The key of one kind of fact about a job."""
        return f"{self.prefix}{name}:{job_id}"
