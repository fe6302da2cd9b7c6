from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

from rich.console import Console

from cli.display.progress_display import LONGEST_SILENCE_S, Bars, Lines
from florescope.job_view import JobView, read_job

JOB = read_job(
    {
        "id": "j1",
        "kind": "train",
        "state": "running",
        "created_at": "",
        "spec": {},
        "progress": {
            "done": 3.5,
            "total": 10,
            "failed": 0,
            "unit": "epochs",
            "rate_per_s": 0.25,
            "eta_s": 26.0,
            "message": "epoch 4",
        },
    }
)


def _at(done: float) -> JobView:
    return replace(JOB, progress=replace(JOB.progress, done=done))


def test_a_line_tells_amount_rate_time_to_go_and_what_happens() -> None:
    out = io.StringIO()
    with Lines(out) as display:
        display.show(JOB)
    assert out.getvalue() == "train j1: running · 3.50/10 epochs · 4.0 s/epoch, 0:26 to go · epoch 4\n"


def test_lines_are_seldom_but_a_new_state_is_told_at_once() -> None:
    out, times = io.StringIO(), iter([0.0, 1.0, 2.0, 6.0, 6.5])
    with Lines(out, clock=lambda: next(times)) as display:
        for done in (1, 2, 3, 4):
            display.show(_at(done))
        display.show(read_job({**JOB.__dict__, "progress": JOB.progress.__dict__, "state": "succeeded"}))
    told = [line.split(" · ")[0:2] for line in out.getvalue().splitlines()]
    assert told == [
        ["train j1: running", "1/10 epochs"],
        ["train j1: running", "4/10 epochs"],
        ["train j1: succeeded", "3.50/10 epochs"],
    ]


def test_a_job_of_ten_hours_does_not_flood_a_log_nor_fall_silent() -> None:
    out, now, told_at = io.StringIO(), 0.0, [0.0]
    with Lines(out, clock=lambda: now) as display:
        for second in range(36_000):
            before, now = len(out.getvalue()), float(second)
            display.show(_at(second))
            if len(out.getvalue()) > before:
                told_at.append(now)
    assert len(told_at) < 140
    assert max(after - before for before, after in pairwise(told_at)) <= LONGEST_SILENCE_S + 1


def test_bars_show_the_same_on_a_terminal() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=140, color_system=None)
    with Bars(console) as display:
        display.show(JOB)
    assert "3.50/10 epochs" in out.getvalue()
    assert "0:26 to go" in out.getvalue()
