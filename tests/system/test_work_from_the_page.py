"""A person submits a training from the form of a whole stack, and watches it to its end."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.services.browser import browser_page
from tests.services.stack import Stack

LIMIT_MS = 240_000


@pytest.mark.browser
def test_a_training_is_submitted_from_the_form_and_watched(whole: Stack) -> None:
    with browser_page() as page:
        page.goto(f"{whole.url}/new/train")
        page.get_by_label("Dataset").fill("synthetic_flowers")
        for field, value in {"backbone": "SmallCNN", "weights": "none"}.items():
            page.locator(f'[name="{field}"]').select_option(value)
        for field, value in {"image_size": "32", "epochs": "2"}.items():
            page.locator(f'[name="{field}"]').fill(value)
        for role, images in {"train": "train[0:720]", "validation": "validation[0:90]", "test": "test[0:90]"}.items():
            page.locator(f'[name="splits.{role}"]').fill(images)
        page.get_by_role("button", name="Submit").click()
        page.wait_for_url("**/jobs/*")
        job_id = page.url.rsplit("/", 1)[-1]
        expect(page.locator(".stage-now")).to_have_text("training", timeout=LIMIT_MS)
        expect(page.locator("[data-state]").first).to_have_text("succeeded", timeout=LIMIT_MS)
        expect(page.locator("[data-live-job]")).to_have_count(0)  # it has loaded itself once more
        page.get_by_text("What happened, one after the other").click()
        timeline = page.locator(".timeline")
        expect(timeline).to_contain_text("train begins")
        page.locator("#log > summary").click()
        expect(page.locator("#log pre")).to_contain_text("epoch_done epoch=2")
    log = whole.http.get(f"{whole.url}/v1/jobs/{job_id}/log").json()
    assert log["over"]
    assert [line["event"] for line in log["items"]].count("epoch_done") == 2
    assert (whole.store / f"jobs/{job_id}/log.json").exists()
    job = whole.job(job_id)
    assert job["created_at"] < job["started_at"] < job["finished_at"]
