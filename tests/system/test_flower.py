"""Flower shows one row per job, with progress that moves, and its Terminate button works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest
from playwright.sync_api import Page, TimeoutError

from tests.services.browser import browser_page
from tests.services.light_explanations import light_spec
from tests.services.light_stack import LightStack
from tests.services.stack import Json

LOADS_WITHIN_MS = 5000
"""A page that shows no row within this time is loaded again."""


@pytest.fixture(scope="module")
def watched(running_light: LightStack) -> Iterator[LightStack]:
    """The light stack, and Flower, which has heard of a job: of what happens before it listens, it knows nothing."""
    running_light.start("flower")
    eventually(lambda: flower_tasks(running_light) is not None)
    eventually(lambda: flower_task(running_light, ended(running_light)))
    yield running_light
    running_light.kill("flower")


@pytest.fixture(scope="module")
def over(watched: LightStack) -> str:
    job_id = ended(watched)
    eventually(lambda: flower_task(watched, job_id).get("state") == "SUCCESS")
    return job_id


def ended(stack: LightStack) -> str:
    """A job that has ended."""
    job_id = stack.submit(**light_spec(4))
    assert stack.end(job_id)["state"] == "succeeded"
    return job_id


def flower_tasks(stack: LightStack) -> dict[str, Json] | None:
    """The rows, by the ids of their jobs; None as long as nobody answers."""
    with suppress(httpx.TransportError):
        return dict(stack.http.get(f"http://127.0.0.1:{stack.flower_port}/api/tasks").json())
    return None


def flower_task(stack: LightStack, job_id: str) -> Json:
    return (flower_tasks(stack) or {}).get(job_id, {})


def eventually(condition: Callable[[], object], *, limit_s: float = 180) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.3)


def share_on_the_tasks_page(page: Page, stack: LightStack, job_id: str) -> str:
    """How far a job is, as its row says; empty before it says so, or where the page has no such row."""
    page.goto(f"http://127.0.0.1:{stack.flower_port}/tasks")
    row = page.locator("#tasks-table tbody tr", has_text=job_id)
    with suppress(TimeoutError):
        row.wait_for(timeout=LOADS_WITHIN_MS)
    cells = row.locator("td").all_inner_texts()
    return next((cell for cell in cells if "%" in cell), "")


@pytest.mark.browser
def test_progress_moves_on_the_tasks_page_until_terminate_cancels_the_job(watched: LightStack) -> None:
    job_id = watched.submit(**light_spec(320, image_ms=400), name="petals")
    eventually(lambda: flower_task(watched, job_id))
    seen: set[str] = set()

    def progress_moves() -> bool:
        seen.add(share_on_the_tasks_page(page, watched, job_id))
        return len(seen - {""}) >= 3

    with browser_page() as page:
        eventually(progress_moves)
    task = flower_task(watched, job_id)
    assert (task["job"], task["state"]) == ("petals", "STARTED")
    assert task["stage"].startswith("running")
    answer = watched.http.post(
        f"http://127.0.0.1:{watched.flower_port}/api/task/revoke/{job_id}", params={"terminate": "true"}
    )
    assert answer.status_code == 200, answer.text
    assert watched.end(job_id)["state"] == "cancelled"
    eventually(lambda: flower_task(watched, job_id)["state"] == "REVOKED")


def test_the_row_of_a_job_that_is_over_says_so_and_leads_to_its_page(watched: LightStack, over: str) -> None:
    task = flower_task(watched, over)
    assert (task["stage"], task["progress"]) == ("succeeded", "100.0 %")
    shown = watched.http.get(f"http://127.0.0.1:{watched.flower_port}/task/{over}").text
    assert f'href="{watched.url}/jobs/{over}"' in shown


def test_steps_and_reconciliation_add_no_rows(watched: LightStack, over: str) -> None:
    rows = flower_tasks(watched) or {}
    assert over in rows
    assert {row["name"] for row in rows.values()} == {"florescope.explain"}
