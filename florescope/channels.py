"""Where a project is told that its jobs are over, and what was told."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from florescope.http.connection import Connection, Json
from florescope.http.path_segment import segment

_LOOK_EVERY_S = 0.5


class Channels:
    """The channels of one project."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection = connection
        self._path = f"/v1/projects/{segment(project)}"

    def all(self) -> list[Json]:
        """All of them; of their addresses only what is no secret."""
        return self._connection.items("GET", f"{self._path}/channels")

    def set(self, name: str, channel: Mapping[str, Any]) -> Json:
        """Set a channel, as an admin; ``secret`` of a webhook's answer is shown this once.

        Args:
            name: in place of the channel of this name, if there is one.
            channel: as the API takes it: ``kind`` (``webhook`` or ``message``), ``url``, ``states``, ``every_job``.
        """
        return self._connection.call("PUT", self._of(name), json=dict(channel), holds="address")

    def remove(self, name: str) -> None:
        """Tell nobody by this channel any more, as an admin."""
        self._connection.send("DELETE", self._of(name))

    def test(self, name: str, *, wait_s: float = 60.0) -> Json:
        """Have a test sent, as an admin, and wait for its first try.

        Returns:
            The notice; ``attempts`` is empty where nobody tried within ``wait_s``.
        """
        asked = self._connection.call("POST", f"{self._of(name)}:test", holds="attempts")
        until, found = time.monotonic() + wait_s, asked
        while not found["attempts"] and time.monotonic() < until:
            time.sleep(_LOOK_EVERY_S)
            found = next((each for each in self.notices() if each["id"] == asked["id"]), asked)
        return found

    def notices(self, *, job_id: str | None = None, limit: int = 50) -> list[Json]:
        """What was told in the last 30 days, or of one job; the newest first."""
        query = {"limit": limit, **({"job_id": job_id} if job_id else {})}
        return self._connection.items("GET", f"{self._path}/notices", params=query)

    def _of(self, name: str) -> str:
        return f"{self._path}/channels/{segment(name)}"
