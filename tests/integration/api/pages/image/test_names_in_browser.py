"""Names as people have them, on the page of an image: written from right to left, and long without a blank."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.integration.api.conftest import Api
from tests.integration.api.pages.image.made_up import cam
from tests.services.stored_results import MadeUpImage, store_results

pytestmark = pytest.mark.browser
ROSE = "وردة حمراء 2"
IMAGE = f"{ROSE}/1.png"
PLACES = """(selector) => {
  const line = document.querySelector(selector);
  const name = [...line.querySelectorAll("strong")].at(-1).getBoundingClientRect();
  const words = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const at = words.currentNode.data.indexOf("87.0");
    if (at < 0) continue;
    const number = document.createRange();
    number.setStart(words.currentNode, at);
    number.setEnd(words.currentNode, at + 4);
    return [name.right, number.getBoundingClientRect().left, name.top, number.getBoundingClientRect().top];
  }
}"""


@pytest.fixture
def address(api: Api) -> str:
    image = MadeUpImage(IMAGE, label=None, confidence=0.87, maps={"gradcam": cam(0)}, values={"focus": 0.25})
    asked = {"dataset": "store:datasets/garden", "name": "x" * 150}
    store_results(api.store, "named", [image], spec=asked, classes=(ROSE, "tulip"))
    return f"{str(api.http.base_url).rstrip('/')}/jobs/named/images"


def test_a_confidence_stands_behind_a_name_that_is_written_from_right_to_left(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    for path, selector in ((f"/{IMAGE}", ".verdict-line"), ("?tile=large", ".tile .told")):
        page.goto(address + path)
        name_ends, number_begins, *tops = page.evaluate(PLACES, selector)
        assert abs(tops[0] - tops[1]) < 5
        assert name_ends <= number_begins


def test_a_long_name_of_a_job_is_no_wider_than_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{address}/{IMAGE}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
