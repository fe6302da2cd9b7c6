"""The page of an image in a real browser: maps drawn from raw maps, walking with keys, and the same without scripts."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from drawing.colours import palette
from drawing.overlay import map_alone
from tests.integration.api.conftest import Api
from tests.integration.api.pages.image.made_up import IDS, JOB, cam, signed, store_compared, store_shown
from tests.services.browser import new_page

pytestmark = pytest.mark.browser
MAX_SCRIPT_BYTES = 61_440
CANVAS = """key => {
  const canvas = document.querySelector(`[data-key="${key}"] canvas`);
  const { height, width } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const rows = Array.from({ length: height }, (_, row) => data.subarray(row * width * 4, (row + 1) * width * 4));
  return [height, width, btoa(rows.map((row) => String.fromCharCode(...row)).join(""))];
}"""
"""Its bytes as text: as a list of numbers, they take seconds to leave the browser."""


@pytest.fixture
def shown(api: Api, page: Page) -> Iterator[tuple[Page, str]]:
    """A page that fails the test if any script fails, and the address of the job."""
    store_shown(api.store)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page, f"{api.http.base_url}/jobs/{JOB}/images/"
    assert problems == []


def open_image(page: Page, address: str, *, image_id: str = IDS[0]) -> None:
    page.goto(address)
    drawn(page, image_id + "".join(address.partition("#")[1:]))


def drawn(page: Page, image_and_choice: str) -> None:
    """Wait until this image is drawn as it was chosen: its id and the fragment, which leaves out what is as usual."""
    page.locator(f'[data-drawn="{image_and_choice}"]').wait_for()


def pixels(page: Page, key: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """Of a canvas, (H, W, 4)."""
    height, width, text = page.evaluate(CANVAS, key)
    return np.frombuffer(base64.b64decode(text), np.uint8).astype(np.int16).reshape(height, width, 4)


@pytest.mark.parametrize(
    ("key", "heatmap", "kind"),
    [("gradcam", cam(0), "sequential"), ("integrated_gradients", signed(0), "diverging")],
)
def test_a_map_is_drawn_in_the_browser_as_workers_draw_it(
    shown: tuple[Page, str], key: str, heatmap: Any, kind: Any
) -> None:
    page, images = shown
    open_image(page, f"{images}{IDS[0]}#map={key}&opacity=100")
    found = pixels(page, key)
    stored = (heatmap / np.abs(heatmap).max()).astype(np.float16).astype(np.float32)
    expected = np.asarray(map_alone(stored, found.shape[0], kind=kind), np.int16)
    assert (found[..., 3] == 255).all()
    apart = np.abs(found[..., :3] - expected)
    one_level = np.abs(np.diff(palette(kind).astype(np.int16), axis=0)).max()
    assert apart.max() <= one_level  # where a value lies between two levels, float32 may round it otherwise
    assert (apart <= 2).mean() > 0.999


def test_the_slider_changes_how_much_of_the_photograph_is_covered(shown: tuple[Page, str]) -> None:
    page, images = shown
    open_image(page, images + IDS[0])
    half = pixels(page, "gradcam")[..., 3].mean()
    page.get_by_label("Opacity").fill("0")
    drawn(page, f"{IDS[0]}#opacity=0")
    assert pixels(page, "gradcam")[..., 3].max() == 0
    page.get_by_label("Opacity").fill("100")
    drawn(page, f"{IDS[0]}#opacity=100")
    assert pixels(page, "gradcam")[..., 3].min() == 255 > half


def test_arrow_keys_walk_the_list_and_keep_the_view(shown: tuple[Page, str]) -> None:
    page, images = shown
    open_image(page, f"{images}{IDS[0]}#view=side")
    page.keyboard.press("ArrowRight")
    drawn(page, f"{IDS[1]}#view=side")
    expect(page).to_have_url(f"{images}{IDS[1]}#view=side")
    expect(page.locator("canvas:visible")).to_have_count(2)
    page.keyboard.press("ArrowLeft")
    drawn(page, f"{IDS[0]}#view=side")
    page.go_back()
    drawn(page, f"{IDS[1]}#view=side")


def test_an_address_can_be_shared_with_all_that_was_chosen(shown: tuple[Page, str]) -> None:
    page, images = shown
    open_image(page, images + IDS[0])
    page.locator("select[name=map]").select_option("integrated_gradients")
    page.locator("select[name=colours]").select_option("grey")
    page.locator("select[name=range]").select_option("limit")
    page.locator("input[name=limit]").fill("0.02")
    chosen = "#map=integrated_gradients&colours=grey&range=limit&limit=0.02"
    drawn(page, IDS[0] + chosen)
    expect(page).to_have_url(images + IDS[0] + chosen)
    before = pixels(page, "integrated_gradients")
    page.goto("about:blank")
    open_image(page, images + IDS[0] + chosen)
    np.testing.assert_array_equal(pixels(page, "integrated_gradients"), before)
    assert (before[..., 0] == before[..., 1]).all()


def test_the_raw_value_under_the_pointer_is_told(shown: tuple[Page, str]) -> None:
    page, images = shown
    open_image(page, images + IDS[0])
    box = page.locator("[data-key=gradcam] .picture").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 2.5 / 7, box["y"] + box["height"] * 4.5 / 7)
    told = page.locator("[data-readout]")
    value = float(np.format_float_positional(cam(0)[4, 2], precision=3, fractional=False))
    expect(told).to_contain_text(f"GradCAM {value:g}")
    expect(told).to_contain_text("row 5 of 7, column 3 of 7")


def test_flicker_hides_and_shows_the_map_by_itself(shown: tuple[Page, str]) -> None:
    page, images = shown
    open_image(page, f"{images}{IDS[0]}#view=flicker")
    page.locator(".viewer.without-maps").wait_for()
    page.locator(".viewer:not(.without-maps)").wait_for()


def test_who_asked_for_less_motion_flickers_by_hand(shown: tuple[Page, str]) -> None:
    page, images = shown
    page.emulate_media(reduced_motion="reduce")
    open_image(page, f"{images}{IDS[0]}#view=flicker")
    page.wait_for_timeout(1500)  # twice as long as a picture stays
    assert page.locator(".viewer.without-maps").count() == 0
    page.keyboard.press(" ")
    expect(page.locator(".viewer.without-maps")).to_have_count(1)


def test_keys_are_told_and_full_screen_begins_and_ends(shown: tuple[Page, str]) -> None:
    page, images = shown
    open_image(page, images + IDS[0])
    page.keyboard.press("?")
    keys = page.locator("dialog.keys")
    expect(keys).to_contain_text("next image of the list")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement !== null")
    page.keyboard.press("ArrowRight")
    drawn(page, IDS[1])
    assert page.evaluate("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(shown: tuple[Page, str], width: int, scheme: Any) -> None:
    page, images = shown
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    for choice in ("", "#view=side"):
        open_image(page, f"{images}{IDS[0]}{choice}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_pictures_and_links_stand_there(api: Api, browser: Browser) -> None:
    store_shown(api.store)
    with new_page(browser, java_script_enabled=False, viewport={"width": 360, "height": 800}) as page:
        page.goto(f"{api.http.base_url}/jobs/{JOB}/images/{IDS[0]}")
        expect(page.locator(".panel img:visible")).to_have_count(3)
        expect(page.locator(".toolbar")).to_be_hidden()
        page.get_by_role("link", name="next →").click()
        expect(page.locator("h1")).to_have_text(IDS[1])


def test_one_slider_moves_the_maps_of_both_jobs(shown: tuple[Page, str], api: Api) -> None:
    store_compared(api.store)
    page, _ = shown
    open_image(page, f"{api.http.base_url}/jobs/both/images/{IDS[0]}?list=fixed")
    expect(page.locator("canvas:visible")).to_have_count(2)
    page.get_by_label("Opacity").fill("0")
    drawn(page, f"{IDS[0]}#opacity=0")
    for side in ("first", "second"):
        assert pixels(page, f'gradcam"][data-side="{side}')[..., 3].max() == 0
    page.locator("h1").click()  # as long as the slider has the focus, arrow keys move it
    page.keyboard.press("ArrowRight")
    drawn(page, f"{IDS[1]}#opacity=0")
    expect(page).to_have_url(re.compile(re.escape(f"{IDS[1]}?list=fixed#opacity=0") + "$"))


def test_all_scripts_together_stay_small() -> None:
    scripts = (Path(__file__).parents[5] / "api" / "static").rglob("*.js")
    assert 0 < sum(path.stat().st_size for path in scripts) <= MAX_SCRIPT_BYTES
