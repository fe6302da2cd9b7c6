"""What a small API will answer, as a test wrote it down, and what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def job(job_id: str = "j1", *, state: str = "running", done: float = 0, **changes: Any) -> Json:
    """A job resource as the API gives it."""
    return {
        "id": job_id,
        "kind": "explain",
        "state": state,
        "created_at": "2026-11-23T20:00:00Z",
        "started_at": None,
        "finished_at": None,
        "progress": {
            "done": done,
            "total": 64,
            "failed": 0,
            "unit": "images",
            "rate_per_s": 8.0,
            "eta_s": 33.0,
            "message": "explaining",
        },
        "spec": {"kind": "explain", "name": None, "methods": ["gradcam"]},
        "error": None,
        "summary": None,
        "links": {},
        **changes,
    }


@dataclass
class FakeApi:
    """What it will answer, and what it was asked.

    Attributes:
        drawn: pictures by GradCAM that are not stored, by the id of their image.
        lies: bytes that are sent instead of those of ``files``.
        break_off_after: the next download ends after so many bytes, without notice.
        quota: of requests: after so many one is refused, then there is room again.
    """

    url: str = ""
    views: list[Json] = field(default_factory=lambda: [job(state="succeeded", done=64)])
    files: dict[str, bytes] = field(default_factory=dict)
    drawn: dict[str, bytes] = field(default_factory=dict)
    models: list[Json] = field(default_factory=list)
    unreadable_models: list[Json] = field(default_factory=list)
    lies: dict[str, bytes] = field(default_factory=dict)
    page_size: int = 2
    streams: bool = True
    cut_after: int | None = None
    problem: tuple[int, Json] | None = None
    quota: int | None = None
    room_after_s: int = 0
    specs: list[Json] = field(default_factory=list)
    turns: list[dict[str, str]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    too_large: set[str] = field(default_factory=set)
    datasets: list[Json] = field(default_factory=list)
    methods: Json = field(default_factory=dict)
    uploads: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    break_off_after: int | None = None
    polls: int = 0
    _asked: int = 0

    def now(self) -> Json:
        """The next view; the last one stays."""
        self.polls += 1
        return self.views.pop(0) if len(self.views) > 1 else self.views[0]

    def has_used_up_its_quota(self) -> bool:
        """Count a request."""
        if self.quota is None:
            return False
        self._asked = 0 if self._asked >= self.quota else self._asked + 1
        return self._asked == 0

    def next_break(self) -> int | None:
        """After how many bytes to break off now."""
        found, self.break_off_after = self.break_off_after, None
        return found
