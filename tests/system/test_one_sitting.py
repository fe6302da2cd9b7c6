"""What a person does in one sitting: train, watch, explain, look at wrong images, compare, delete and undo.

Once with JavaScript, once without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.services.browser import chromium, new_page
from tests.services.stack import Stack
from tests.system.conftest import SMALL

LIMIT_MS, EPOCHS = 240_000, 4
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
JOB_PAGE = re.compile(r"/jobs/[0-9a-z]{26}$")
NOT_OVER = {"queued", "planning", "running", "finalizing"}
OPAQUE = """() => {
  const canvas = document.querySelector('[data-panel="map"] canvas');
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((_, place) => place % 4 === 3).reduce((sum, each) => sum + each, 0);
}"""
"""How much of the photograph the map covers."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def submit(page: Page, *, reload: bool = False) -> str:
    """Send the form that is shown, wait until its job has succeeded, and return its id.

    ``reload``: as somebody does whose browser runs no scripts.
    """
    page.get_by_role("button", name="Submit").click()
    return ended(page, reload=reload)


def ended(page: Page, *, reload: bool = False) -> str:
    """Wait until the job whose page is opened has succeeded, and return its id."""
    page.wait_for_url(JOB_PAGE)
    state = page.locator("[data-state]").first
    while reload and state.inner_text() in NOT_OVER:
        page.wait_for_timeout(1000)
        page.reload()
    expect(state).to_have_text("succeeded", timeout=LIMIT_MS)
    expect(page.locator("[data-live-job]")).to_have_count(0)  # a page that was live loads itself once more
    return page.url.rsplit("/", 1)[-1]


def train(page: Page) -> str:
    """Fill in the form of a small training, and watch it to its end: its stages, what happened, its log."""
    page.goto("/new/train")
    page.get_by_label("Dataset").fill(str(SMALL["dataset"]))
    for field in ("backbone", "weights"):
        page.locator(f'[name="{field}"]').select_option(str(SMALL[field]))
    for field, value in (("image_size", SMALL["image_size"]), ("epochs", EPOCHS)):
        page.locator(f'[name="{field}"]').fill(str(value))
    for role in ("train", "validation", "test"):
        page.locator(f'[name="splits.{role}"]').fill(f"{role}[0:{720 if role == 'train' else 90}]")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".stage-now")).to_have_text("training", timeout=LIMIT_MS)
    job_id = ended(page)
    page.get_by_text("What happened, one after the other").click()
    expect(page.locator(".timeline")).to_contain_text("train begins")
    page.locator("#log > summary").click()
    expect(page.locator("#log pre")).to_contain_text(f"epoch_done epoch={EPOCHS}")
    return job_id


def explain(page: Page, model: str, *, reload: bool = False) -> str:
    """From the page of a model to its explanation."""
    page.goto(f"/models/{model}")
    page.get_by_role("link", name="Explain it").click()
    page.locator('[name="split"]').fill("test[0:60]")
    return submit(page, reload=reload)


def wrong_images(page: Page, explanation: str) -> list[str]:
    """From the home page by three clicks to a wrong image of a class, large; returns all wrong ones of the class."""
    page.goto("/")
    page.locator(f'tr[data-job="{explanation}"] .what a').first.click()
    classes = page.locator("#confusion a", has_text=re.compile(r"^\d+ of \d+$"))
    classes.first.wait_for()
    wrong = [int(text.split()[0]) for text in classes.all_inner_texts()]
    classes.nth(wrong.index(max(wrong))).click()
    tiles = page.locator(".tile a > .fine")
    expect(tiles).to_have_count(max(wrong))
    ids = [text.split()[0] for text in tiles.all_inner_texts()]
    page.locator(".tile").first.get_by_role("link").first.click()
    page.wait_for_url(f"**/images/{ids[0]}?outcome=wrong&label=*")
    return ids


def compare(page: Page, jobs: tuple[str, str], *, reload: bool = False) -> str:
    """Tick two jobs, compare them, and look at the same image of both; returns the comparison."""
    page.goto("/")
    for job_id in jobs:
        page.locator(f'input[name="job"][value="{job_id}"]').check()
    page.get_by_role("button", name="Compare two").click()
    page.wait_for_url("**/new/compare?*")
    comparison = submit(page, reload=reload)
    page.locator("#comparison").get_by_role("link", name=re.compile("^all images of both")).click()
    return comparison


def delete_and_undo(page: Page, explanation: str, comparison: str) -> None:
    """Delete an explanation, which takes its comparison along, miss it in the lists, and bring it back."""
    page.goto(f"/jobs/{explanation}")
    page.get_by_role("link", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name=f"compare {comparison}")).to_be_visible()
    page.get_by_role("button", name="Delete 2 jobs").click()
    page.wait_for_url("**/deleted")
    page.goto("/")
    for gone in (explanation, comparison):
        expect(page.locator(f'tr[data-job="{gone}"]')).to_have_count(0)
    page.get_by_role("link", name="deleted", exact=True).click()
    page.locator("li", has_text=f"job {explanation}").get_by_role("button", name="Restore").click()
    page.wait_for_url(f"**/jobs/{explanation}")
    expect(page.locator("[data-state]").first).to_have_text("succeeded")
    page.goto(f"/jobs/{comparison}")
    expect(page.locator("[data-state]").first).to_have_text("succeeded")


def assert_logged(stack: Stack, job_id: str) -> None:
    """The log of a training is complete, and stored; its times are in order."""
    log = stack.http.get(f"{stack.url}/v1/jobs/{job_id}/log").json()
    assert log["over"]
    assert [line["event"] for line in log["items"]].count("epoch_done") == EPOCHS
    assert (stack.store / f"jobs/{job_id}/log.json").exists()
    job = stack.job(job_id)
    assert job["created_at"] < job["started_at"] < job["finished_at"]


def test_with_javascript_from_the_form_to_two_models_side_by_side(whole: Stack, model: str, engine: Browser) -> None:
    with new_page(engine, base_url=whole.url, viewport={"width": 1280, "height": 800}) as page:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        trained = train(page)
        assert_logged(whole, trained)
        first = explain(page, trained)
        for place, image_id in enumerate(wrong_images(page, first)[:3]):
            if place:
                page.keyboard.press("ArrowRight")
            page.locator(f'[data-drawn="{image_id}"]').wait_for()
        before = page.evaluate(OPAQUE)
        page.get_by_label("Opacity").fill("90")
        page.locator("[data-drawn$='#opacity=90']").wait_for()
        assert page.evaluate(OPAQUE) > before
        comparison = compare(page, (first, explain(page, model)))
        expect(page.locator("[data-panel=map] canvas:visible")).to_have_count(2)
        delete_and_undo(page, first, comparison)
        assert problems == []


def test_without_javascript_the_same_pages_lead_to_the_same(whole: Stack, model: str, engine: Browser) -> None:
    with new_page(engine, base_url=whole.url, java_script_enabled=False) as page:
        first = explain(page, model, reload=True)
        ids = wrong_images(page, first)
        expect(page.locator("[data-panel=map] img").first).to_be_visible()
        page.get_by_role("link", name="next →").click()
        expect(page.locator("h1")).to_have_text(ids[1])
        page.goto(f"/jobs/{first}")
        page.get_by_role("link", name="Run again with changes").click()
        page.locator('[name="target"]').fill("true")
        comparison = compare(page, (first, submit(page, reload=True)), reload=True)
        for side in ("first", "second"):
            expect(page.locator(f'[data-side="{side}"] img').first).to_be_visible()
        delete_and_undo(page, first, comparison)
