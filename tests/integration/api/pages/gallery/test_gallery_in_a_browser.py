"""The gallery as a person uses it, in Chromium: with and without JavaScript, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.api.conftest import Api
from tests.integration.api.pages.gallery.conftest import EVALUATED, EXPLAINED
from tests.services.browser import new_page

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, gallery: Api, browser: Browser) -> Iterator[Page]:
    address = str(gallery.http.base_url)
    with new_page(browser, base_url=address, java_script_enabled=request.param) as opened:
        yield opened


def expect_numbers(page: Page, *numbers: str) -> None:
    """These images are shown, in this order, once the page is there."""
    names = [re.compile(rf"flowers/{number}\b") for number in numbers]
    expect(page.locator(".tile a > .fine")).to_have_text(names)


def test_three_clicks_lead_from_the_home_page_to_a_wrong_image_of_a_class(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="explain", exact=True).first.click()
    page.locator("#confusion tr", has_text="tiger lily").get_by_role("link", name="4 of 19").click()
    expect_numbers(page, "010", "025", "040", "055")
    page.locator(".tile").first.get_by_role("link").click()
    page.wait_for_url(re.compile(rf"/jobs/{EXPLAINED}/images/flowers/010.*\?outcome=wrong&label=1$"))


def test_the_form_narrows_and_sorts_what_a_choice_has_left(page: Page) -> None:
    page.goto(f"/jobs/{EXPLAINED}/images")
    page.locator(".facet").get_by_role("link", name="wrong").click()
    page.wait_for_url("**/images?outcome=wrong")
    page.get_by_label("True class", exact=True).fill("rose")
    page.get_by_label("Sort by").select_option("-focus")
    page.get_by_label("Range of").select_option("focus")
    page.get_by_label("at most").fill("0.3")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url(f"**/jobs/{EXPLAINED}/images?sort=-focus&outcome=wrong&label=0&range=focus:..0.3")
    expect_numbers(page, "030", "015", "000")
    page.get_by_role("link", name="without: class rose").click()
    expect_numbers(page, "030", "025", "020", "015", "010", "005", "000")


def test_pages_are_turned_and_jumped_to(page: Page) -> None:
    page.goto(f"/jobs/{EXPLAINED}/images?tile=large")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".tile a > .fine").first).to_contain_text("flowers/024")
    page.get_by_label("Page", exact=True).fill("3")
    page.get_by_role("button", name="Go").click()
    page.wait_for_url("**page=3")
    expect_numbers(page, *(f"{number:03d}" for number in range(48, 60)))


@pytest.mark.parametrize("path", [f"/jobs/{EXPLAINED}/images", f"/jobs/{EXPLAINED}", f"/jobs/{EVALUATED}"])
def test_nothing_is_wider_than_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)
    right = page.locator("main, .gallery, .tiles, .facet, .filter-form, #confusion, .pager")
    assert right.count() > 0
    for each in right.all():
        box = each.bounding_box()
        assert box is None or box["x"] + box["width"] <= 360
