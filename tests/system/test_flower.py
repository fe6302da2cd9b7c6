"""Flower shows one row per job, with progress that moves, and its Terminate button works."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.services.browser import browser_page
from tests.services.stack import TERMINAL, Json, Stack
from tests.system.conftest import SMALL


def flower_task(stack: Stack, job_id: str) -> Json:
    return dict(stack.http.get(f"http://127.0.0.1:{stack.flower_port}/api/tasks").json().get(job_id, {}))


def stage(stack: Stack, job_id: str) -> str:
    """What the row says is going on; Flower gives null for a row that no event has told of yet."""
    return flower_task(stack, job_id).get("stage") or ""


def eventually(condition: Callable[[], bool], *, limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.3)


@pytest.mark.browser
def test_progress_moves_on_the_tasks_page(whole: Stack) -> None:
    job_id = whole.submit(**{**SMALL, "epochs": 10, "name": "petals"})
    seen: set[str] = set()
    with browser_page() as page:
        while whole.job(job_id)["state"] not in TERMINAL:
            page.goto(f"http://127.0.0.1:{whole.flower_port}/tasks")
            row = page.locator("#tasks-table tbody tr", has_text=job_id)
            if row.count():
                seen.add(next((cell for cell in row.locator("td").all_inner_texts() if "%" in cell), ""))
            time.sleep(0.5)
    shares = sorted(seen - {""})
    assert len(shares) >= 3, f"progress did not move: {shares}"
    eventually(lambda: flower_task(whole, job_id).get("state") == "SUCCESS")
    task = flower_task(whole, job_id)
    assert (task["job"], task["stage"], task["progress"]) == ("petals", "succeeded", "100.0 %")
    shown = whole.http.get(f"http://127.0.0.1:{whole.flower_port}/task/{job_id}").text
    assert f'href="{whole.url}/jobs/{job_id}"' in shown


def test_steps_and_reconciliation_add_no_rows(stack: Stack, model: str) -> None:
    names = {task["name"] for task in stack.http.get(f"http://127.0.0.1:{stack.flower_port}/api/tasks").json().values()}
    assert model
    assert names <= {"florescope.train", "florescope.explain"}


def test_terminate_in_flower_cancels_the_job(whole: Stack) -> None:
    job_id = whole.submit(**{**SMALL, "epochs": 200})
    eventually(lambda: stage(whole, job_id).startswith("running: training"), limit_s=120)
    assert flower_task(whole, job_id)["state"] == "STARTED"
    answer = whole.http.post(
        f"http://127.0.0.1:{whole.flower_port}/api/task/revoke/{job_id}", params={"terminate": "true"}
    )
    assert answer.status_code == 200, answer.text
    assert whole.end(job_id, limit_s=30)["state"] == "cancelled"
    eventually(lambda: flower_task(whole, job_id)["state"] == "REVOKED")
