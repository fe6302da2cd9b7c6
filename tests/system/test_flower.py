"""Flower shows one row per job, with progress that moves, and its Terminate button works."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.services.browser import browser_page
from tests.services.stack import Json, Stack
from tests.system.conftest import SMALL


def flower_task(stack: Stack, job_id: str) -> Json:
    return dict(stack.http.get(f"http://127.0.0.1:{stack.flower_port}/api/tasks").json().get(job_id, {}))


def eventually(condition: Callable[[], object], *, limit_s: float = 180) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.3)


def share_on_the_tasks_page(page: Page, stack: Stack, job_id: str) -> str:
    """How far a job is, as its row says, which is there by now; empty before it says so."""
    page.goto(f"http://127.0.0.1:{stack.flower_port}/tasks")
    row = page.locator("#tasks-table tbody tr", has_text=job_id)
    row.wait_for()
    cells = row.locator("td").all_inner_texts()
    return next((cell for cell in cells if "%" in cell), "")


@pytest.mark.browser
def test_progress_moves_on_the_tasks_page_until_terminate_cancels_the_job(whole: Stack) -> None:
    job_id = whole.submit(**{**SMALL, "epochs": 400, "name": "petals"})
    eventually(lambda: flower_task(whole, job_id))
    seen: set[str] = set()

    def progress_moves() -> bool:
        seen.add(share_on_the_tasks_page(page, whole, job_id))
        return len(seen - {""}) >= 3

    with browser_page() as page:
        eventually(progress_moves)
    task = flower_task(whole, job_id)
    assert (task["job"], task["state"]) == ("petals", "STARTED")
    assert task["stage"].startswith("running: training")
    answer = whole.http.post(
        f"http://127.0.0.1:{whole.flower_port}/api/task/revoke/{job_id}", params={"terminate": "true"}
    )
    assert answer.status_code == 200, answer.text
    assert whole.end(job_id)["state"] == "cancelled"
    eventually(lambda: flower_task(whole, job_id)["state"] == "REVOKED")


def test_the_row_of_a_job_that_is_over_says_so_and_leads_to_its_page(stack: Stack, model: str) -> None:
    eventually(lambda: flower_task(stack, model).get("state") == "SUCCESS")
    task = flower_task(stack, model)
    assert (task["stage"], task["progress"]) == ("succeeded", "100.0 %")
    shown = stack.http.get(f"http://127.0.0.1:{stack.flower_port}/task/{model}").text
    assert f'href="{stack.url}/jobs/{model}"' in shown


def test_steps_and_reconciliation_add_no_rows(stack: Stack, model: str) -> None:
    names = {task["name"] for task in stack.http.get(f"http://127.0.0.1:{stack.flower_port}/api/tasks").json().values()}
    assert model
    assert names <= {"florescope.train", "florescope.explain"}
