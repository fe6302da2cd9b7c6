"""What a notice says in words, for chats and mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.notice.notice import TEST
from jobs.state import JobState

_TONES = {
    JobState.SUCCEEDED: "success",
    JobState.COMPLETED_WITH_ERRORS: "warning",
    JobState.CANCELLED: "warning",
    JobState.FAILED: "failure",
}


@dataclass(frozen=True)
class Wording:
    """A title and a text, and whether that is good news."""

    title: str
    text: str
    tone: str


def text_of(event: str, body: Mapping[str, Any]) -> Wording:
    """The words of a notice with this body."""
    data = body["data"]
    if event == TEST:
        asked = f" {data['asked_by']} asked for it." if data["asked_by"] else ""
        text = f"This is a test of the channel {data['channel']} of the project {data['project']}.{asked}"
        return Wording("Florescope: a test", text, "info")
    state = JobState(data["state"])
    called = f"{data['kind']} {data['name'] or data['job_id']}"
    lines = [f"Job {data['job_id']} of the project {data['project']} is over: {state.value.replace('_', ' ')}."]
    lines += [f"Why: {data['error']}"] if data["error"] else []
    lines += [data["url"]] if data["url"] else []
    return Wording(f"Florescope: {called} {state.value.replace('_', ' ')}", "\n".join(lines), _TONES[state])
