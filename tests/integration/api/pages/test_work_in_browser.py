"""Work from the page in a real browser: forms, uploads, the table, with JavaScript and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from jobs.state import JobState
from tests.integration.api.conftest import Api
from tests.services.browser import new_page
from tests.services.stored_results import store_ended

PHONE: ViewportSize = {"width": 360, "height": 740}
PAGES = ("/", "/new", "/new/train", "/new/sweep", "/upload", "/operations", "/models")
LIST_EVERY_MS = 2000
REFRESH = "import('/static/parts.js').then((parts) => parts.refreshParts())"
pytestmark = pytest.mark.browser


def at(api: Api, path: str) -> str:
    return f"{str(api.http.base_url).rstrip('/')}{path}"


def test_a_form_says_what_is_wrong_while_it_is_filled_in_and_then_submits(api: Api, page: Page) -> None:
    page.goto(at(api, "/new/train"))
    page.get_by_label("Dataset").fill("sinthetic_flowers")
    expect(page.locator("#e-dataset")).to_contain_text("did you mean")
    page.get_by_label("Dataset").fill("synthetic_flowers")
    page.locator('[name="backbone"]').select_option("SmallCNN")
    page.locator('[name="weights"]').select_option("none")
    expect(page.locator("#checked")).to_have_text("Ready to submit.")
    page.get_by_text("The same as a command").click()
    expect(page.locator("#copies")).to_contain_text('"backbone": "SmallCNN"')
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Submit").press("Enter")
    page.wait_for_url("**/jobs/*")
    assert api.http.get("/v1/jobs").json()["items"][0]["spec"]["backbone"] == "SmallCNN"


def test_without_javascript_the_same_form_does_the_same(api: Api, browser: Browser) -> None:
    with new_page(browser, java_script_enabled=False) as plain:
        plain.goto(at(api, "/new/train"))
        plain.get_by_role("button", name="Submit").click()
        expect(plain.locator("#e-dataset")).to_have_text("this is required: add it")
        plain.get_by_label("Dataset").fill("synthetic_flowers")
        plain.locator('[name="backbone"]').select_option("SmallCNN")
        plain.locator('[name="weights"]').select_option("none")
        plain.get_by_role("button", name="Submit").click()
        plain.wait_for_url("**/jobs/*")
        plain.get_by_role("button", name="Cancel").click()
        expect(plain.locator("[data-state]")).to_have_text("cancelling")


def test_jobs_are_ticked_and_cancelled_together(api: Api, page: Page) -> None:
    ids = [api.submit(name=name) for name in ("one", "two", "three")]
    page.goto(at(api, "/"))
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_disabled()
    boxes = page.locator('[name="job"]')
    boxes.nth(0).click()
    boxes.nth(1).click(modifiers=["Shift"])
    cancel.click()
    expect(page.locator(".state-cancelling")).to_have_count(2)
    states = {job["id"]: job["state"] for job in api.http.get("/v1/jobs").json()["items"]}
    assert [states[job_id] for job_id in ids] == ["queued", "cancelling", "cancelling"]


def send_folder(api: Api, page: Page, folder: Path, *names: str) -> None:
    """Choose a folder of these files for the data set ``garden``."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"picture")
    page.goto(at(api, "/upload"))
    page.get_by_label("Name of the data set").fill("garden")
    page.locator("#pictures-folder").set_input_files(folder)


def test_pictures_are_uploaded_and_lead_to_a_training(api: Api, page: Page, tmp_path: Path) -> None:
    send_folder(api, page, tmp_path / "mine", "rose/1.jpg", "lily/2.png", "notes.txt")
    expect(page.get_by_text("2 pictures are there; 1 other files were left out.")).to_be_visible()
    assert {key for key in api.contents() if key.startswith("datasets/")} == {
        "datasets/garden/rose/1.jpg", "datasets/garden/lily/2.png",
    }  # fmt: skip
    page.get_by_role("link", name="Train on them").click()
    expect(page.get_by_label("Dataset")).to_have_value("store:datasets/garden")


@pytest.mark.parametrize(
    ("chosen", "there"),
    [
        (("rose/1.jpg", "cover.jpg"), {"rose/1.jpg", "cover.jpg"}),
        (("1.jpg", "2.jpg"), {"mine/1.jpg", "mine/2.jpg"}),
        (("mine/1.jpg", "1.jpg"), {"mine/1.jpg", "1.jpg"}),
    ],
)
def test_a_picture_beside_the_folders_of_classes_makes_no_class(
    api: Api, page: Page, tmp_path: Path, chosen: tuple[str, ...], there: set[str]
) -> None:
    send_folder(api, page, tmp_path / "mine", *chosen)
    expect(page.get_by_text("2 pictures are there")).to_be_visible()
    found = {key for key in api.contents() if key.startswith("datasets/")}
    assert found == {f"datasets/garden/{name}" for name in there}


def send_flowers(api: Api, page: Page, folder: Path, *, pictures: int) -> None:
    """Send so many pictures, ``rose/0.jpg`` and on."""
    for number in range(pictures):
        path = folder / "mine" / "rose" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
    page.goto(at(api, "/upload"))
    page.get_by_label("Name of the data set").fill("garden")
    page.locator("#pictures-folder").set_input_files(folder / "mine")


def test_a_picture_that_is_refused_is_told_and_keeps_no_other_back(api: Api, page: Page, tmp_path: Path) -> None:
    page.route("**/rose/3.jpg", lambda route: route.fulfill(status=413, json={"detail": "a picture may have 64 MiB"}))
    send_flowers(api, page, tmp_path, pictures=9)
    expect(page.get_by_text("8 pictures are there; 1 was refused")).to_be_visible()
    expect(page.get_by_text("rose/3.jpg: a picture may have 64 MiB")).to_be_visible()
    expect(page.get_by_role("link", name="Train on them")).to_be_visible()
    assert len([key for key in api.contents() if key.startswith("datasets/garden/")]) == 8


def test_what_ends_an_upload_is_told_last(api: Api, page: Page, tmp_path: Path) -> None:
    page.route("**/rose/30.jpg", lambda route: route.fulfill(status=503, json={"detail": "the store is away"}))
    send_flowers(api, page, tmp_path, pictures=40)
    expect(page.get_by_text("Not sent: the store is away")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("Not sent: the store is away")).to_be_visible()


def test_more_pictures_than_requests_a_minute_are_sent_to_their_end(api: Api, page: Page, tmp_path: Path) -> None:
    asked: list[str] = []

    def refuse_now_and_then(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) % 3 == 0:
            route.fulfill(status=429, json={"detail": "too many requests"}, headers={"Retry-After": "0"})
        else:
            route.continue_()

    page.route("**/v1/datasets/**", refuse_now_and_then)
    send_flowers(api, page, tmp_path, pictures=9)
    expect(page.get_by_text("9 pictures are there")).to_be_visible()


def test_a_model_is_uploaded_and_leads_to_its_import(api: Api, page: Page, tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"a model")
    page.goto(at(api, "/upload"))
    page.locator("#model-file").set_input_files(tmp_path / "model.keras")
    page.wait_for_url("**/new/import?upload=*")
    page.get_by_label("Preprocessing").select_option("none")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/jobs/*")
    assert api.http.get("/v1/jobs").json()["items"][0]["kind"] == "import"


def test_times_are_shown_in_the_zone_of_the_reader(api: Api, browser: Browser) -> None:
    job_id = api.submit()
    with new_page(browser, timezone_id="Asia/Tokyo", locale="en-GB") as there:
        there.goto(at(api, f"/jobs/{job_id}"))
        expect(there.locator("time").first).to_contain_text("GMT+9")


def test_what_somebody_unfolded_stays_open_while_the_page_is_drawn_anew(api: Api, page: Page) -> None:
    page.goto(at(api, f"/jobs/{api.submit()}"))
    page.get_by_text("What happened").click()
    page.evaluate("document.querySelector('#timeline li').dataset.old = 'yes'")
    page.evaluate(REFRESH)
    expect(page.locator("#timeline [data-old]")).to_have_count(0)
    expect(page.locator("#timeline li").first).to_be_visible()
    expect(page.locator("#timeline summary")).to_be_focused()


def test_what_has_not_changed_is_not_drawn_anew(api: Api, page: Page) -> None:
    page.goto(at(api, f"/jobs/{api.submit()}"))
    expect(page.locator("#timeline time[data-local]")).to_have_count(1)
    page.evaluate("document.getElementById('timeline').dataset.old = 'yes'")
    page.evaluate(REFRESH)
    expect(page.locator("#timeline[data-old]")).to_have_count(1)


def test_notes_that_somebody_writes_stay_when_the_job_ends(api: Api, page: Page) -> None:
    job_id = api.submit()
    page.goto(at(api, f"/jobs/{job_id}"))
    page.get_by_text("Name, tags and notes").click()
    notes = page.locator('#remarks [name="notes"]')
    notes.fill("look again")
    api.end(job_id)
    expect(page.locator("#numbers dt", has_text="Finished")).to_be_visible()
    expect(notes).to_have_value("look again")


def test_the_page_of_a_job_that_ends_is_loaded_again_where_nothing_is_written(api: Api, page: Page) -> None:
    job_id = api.submit()
    page.goto(at(api, f"/jobs/{job_id}"))
    api.end(job_id)
    expect(page.get_by_role("link", name="Delete", exact=True)).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(api: Api, page: Page, path: str) -> None:
    api.submit(name=("a name that is rather long as people give them " * 4)[:180])
    page.set_viewport_size(PHONE)
    page.goto(at(api, path))
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_what_is_ticked_stays_while_jobs_come(api: Api, page: Page) -> None:
    api.submit(name="one")
    page.clock.install()
    page.goto(at(api, "/"))
    page.locator('[name="job"]').check()
    api.submit(name="two")
    for _ in range(2):  # when the list is asked for again, what was answered before has been shown
        with page.expect_response("**/v1/jobs?**"):
            page.clock.run_for(LIST_EVERY_MS)
    expect(page.locator('[name="job"]')).to_have_count(1)
    expect(page.locator('[name="job"]')).to_be_checked()
    page.locator('[name="job"]').uncheck()
    page.locator("h1").click()
    page.clock.run_for(LIST_EVERY_MS)
    expect(page.locator('[name="job"]')).to_have_count(2)


def test_a_job_that_is_no_longer_as_the_table_asks_leaves_it(api: Api, page: Page) -> None:
    job_id = api.submit(name="waits")
    page.clock.install()
    page.goto(at(api, "/?state=queued"))
    expect(page.get_by_role("link", name="waits")).to_be_visible()
    api.end(job_id)
    page.clock.run_for(LIST_EVERY_MS)
    expect(page.get_by_text("No job is like that.")).to_be_visible()


def test_no_count_is_shown_before_it_is_known_of_what(api: Api, page: Page) -> None:
    job_id = api.submit()
    with page.expect_response(f"**/v1/jobs/{job_id}/events"):
        page.goto(at(api, f"/jobs/{job_id}"))
    expect(page.locator("[data-message]")).to_contain_text("waits in the queue")
    expect(page.locator("[data-count]")).to_have_text("")


@pytest.mark.parametrize("width", [1180, 360])
def test_a_long_name_of_a_data_set_hides_no_column_of_the_table(api: Api, page: Page, width: int) -> None:
    store_ended(
        api.store, "long", {"kind": "evaluate", "dataset": f"store:datasets/{'long_name_' * 9}"}, JobState.FAILED
    )
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(at(api, "/"))
    table = page.locator(".scroll:has(.runs)")
    assert table.evaluate("(table) => table.scrollWidth - table.clientWidth") == 0


def test_a_usual_name_of_a_data_set_stays_in_one_line_beside_a_long_name_of_a_job(api: Api, page: Page) -> None:
    spec = {"kind": "evaluate", "name": "a name as people give them " * 7, "dataset": "store:datasets/garden"}
    store_ended(api.store, "long", spec, JobState.FAILED)
    page.set_viewport_size({"width": 1180, "height": 740})
    page.goto(at(api, "/"))
    lines = """(cell) => {
      const text = document.createRange();
      text.selectNodeContents(cell);
      return new Set([...text.getClientRects()].map((line) => line.top)).size;
    }"""
    assert page.locator("td.c-dataset").evaluate(lines) == 1
