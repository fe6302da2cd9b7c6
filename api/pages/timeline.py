"""What happened to a job, one after the other, from its documents and its log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from jobs.job import JobResource
from jobs.live.log_line import LogLine

FIRST, LAST = 20, 60
"""Of a job with many steps, entries at both ends are shown, and all that went wrong."""
TAKEN = "taken"
"""The outcome of a step that another worker had when the message came."""
Tone = Literal["", "good", "warn", "bad"]


class Happening(NamedTuple):
    """One thing that happened."""

    at: datetime
    what: str
    who: str = ""
    tone: Tone = ""


def timeline(job: JobResource, lines: Iterable[LogLine]) -> list[Happening]:
    """In order; what is left out in between is said."""
    found = [Happening(job.created_at, "submitted"), *_told(lines)]
    if job.finished_at is not None:
        found.append(Happening(job.finished_at, job.state.value.replace("_", " "), tone=_END.get(job.state.value, "")))
    found.sort(key=lambda each: each.at)
    if len(found) <= FIRST + LAST:
        return found
    middle = found[FIRST:-LAST]
    kept = [each for each in middle if each.tone]
    left_out = len(middle) - len(kept)
    gap = [Happening(middle[0].at, f"{left_out} more of the same")] if left_out else []
    return [*found[:FIRST], *gap, *kept, *found[-LAST:]]


def _told(lines: Iterable[LogLine]) -> Iterator[Happening]:
    begun: dict[str, str] = {}
    for line in _without_repeats(list(lines)):
        step, outcome = _step_of(line), str(line.fields.get("outcome", ""))
        if line.event == "step_taken":
            # A worker that takes a step which another has begun and not left follows on its death.
            if step in begun:
                yield Happening(line.at, f"{step} was begun before, and its worker never left it", begun[step], "bad")
            begun[step] = line.worker
            yield Happening(line.at, f"{step} begins", line.worker)
        elif line.event == "step_left":
            begun.pop(step, None)
            yield Happening(line.at, f"{step}: {outcome}", line.worker, _tone(outcome))
        elif line.event in _SAID:
            yield Happening(line.at, f"{step} {_SAID[line.event]}".strip(), line.worker, "warn")
        elif line.level in {"error", "critical"}:
            yield Happening(line.at, f"{step} {line.event.replace('_', ' ')}".strip(), line.worker, "bad")


def _without_repeats(lines: Sequence[LogLine]) -> list[LogLine]:
    """The lines without those of messages whose step another worker had: nothing began then, and nothing ended."""
    taken, left_out = dict[tuple[str, str], int](), set[int]()
    for place, line in enumerate(lines):
        about = (_step_of(line), line.worker)
        if line.event == "step_taken":
            taken[about] = place
        elif line.event == "step_left" and line.fields.get("outcome") == TAKEN:
            left_out |= {place, taken.pop(about, place)}
    return [line for place, line in enumerate(lines) if place not in left_out]


def _step_of(line: LogLine) -> str:
    return line.step or str(line.fields.get("step", ""))


def _tone(outcome: str) -> Tone:
    if outcome.startswith(("failed", "refused")):
        return "bad"
    return "warn" if outcome.startswith(("tried again", "put off", "left to", "this worker is leaving")) else ""


_SAID = {
    "step_enqueued_again": "was lost, and is sent again",
    "board_rebuilt": "Redis had lost its data: the job is taken up from the store",
    "step_had_no_room": "found no room on its machine",
    "job_revoked": "was cancelled from Flower",
}
_END: dict[str, Tone] = {"succeeded": "good", "completed_with_errors": "warn", "failed": "bad", "cancelled": "warn"}
