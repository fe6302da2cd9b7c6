"""Streams a job as server-sent events: one whenever something that the API shows of it has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi.sse import format_sse_event

from api.readers.jobs.job_watch import JobWatch

HEARTBEAT_S = 10.0
# What clients may take for ends of lines, and JSON does not; it may stand in names of pictures.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
RECONNECT_MS = 2000


def sse_event(text: str, *, name: str, event_id: str) -> bytes:
    """One event, whose data is JSON."""
    return format_sse_event(data_str=text.translate(_LINE_ENDS), event=name, id=event_id, retry=RECONNECT_MS)


def sse_silence() -> bytes:
    """What is sent now and then where there is nothing to send."""
    return format_sse_event(comment="still here")


async def job_events(
    watch: JobWatch, job_id: str, *, seen: str | None, heartbeat_s: float = HEARTBEAT_S
) -> AsyncIterator[bytes]:
    """Send each new view of a job until it is over; a comment now and then in between.

    Args:
        watch: looks at the job.
        job_id: which.
        seen: id of the last event that the client has.
        heartbeat_s: longest silence.
    """
    async with watch.watched(job_id) as watched:
        while True:
            view = await watched.other_than(seen, within_s=heartbeat_s)
            if view is None:
                yield sse_silence()
                continue
            seen = view.id
            yield sse_event(view.text, name="snapshot", event_id=seen)
            if view.job.state.terminal:
                return
