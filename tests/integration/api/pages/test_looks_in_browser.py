"""How pages look where a picture is small, a phone is narrow, or a reader lives in another zone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from jobs import keys
from jobs.models.model import EpochMetrics, PublishedModel
from tests.integration.api.conftest import ROSE, Api
from tests.services.browser import new_page

pytestmark = pytest.mark.browser
CUT_OFF = """() => {
  const card = document.querySelector("#curves .chart").getBoundingClientRect();
  const chart = document.querySelector("#curves svg");
  const frame = getComputedStyle(chart).overflow === "visible" ? card : chart.getBoundingClientRect();
  return [...chart.querySelectorAll("text")].filter((text) => text.getBoundingClientRect().left < frame.left).length;
}"""
UNIT = {"accuracy": 0.5, "loss": 1.5, "validation_accuracy": 0.5, "validation_loss": 1.5}


@pytest.fixture
def address(api: Api) -> str:
    history = [EpochMetrics(epoch=epoch, phase="head", learning_rate=0.1, seconds=1, **UNIT) for epoch in (1, 2)]
    model = PublishedModel(**{**ROSE, "history": tuple(history)}, class_names=("rose", "tulip"))
    api.store.put(keys.model("rose"), model.encode())
    return f"{str(api.http.base_url).rstrip('/')}/models/rose"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with new_page(browser, viewport={"width": 360, "height": 800}, timezone_id="Asia/Tokyo") as opened:
        yield opened


def test_the_numbers_beside_a_curve_are_whole_on_a_phone(phone: Page, address: str) -> None:
    phone.goto(address)
    assert phone.evaluate(CUT_OFF) == 0


def test_a_model_was_published_at_a_time_of_the_reader(phone: Page, address: str) -> None:
    phone.goto(address)
    expect(phone.locator("time").first).to_have_text(re.compile("9:00:00"))


def test_what_is_written_beside_a_job_is_in_a_column_and_not_bold(page: Page, api: Api) -> None:
    page.goto(f"{str(api.http.base_url).rstrip('/')}/jobs/{api.submit()}")
    page.get_by_text("Name, tags and notes").click()
    fields = [page.locator(f"#remarks [name={name}]") for name in ("name", "tags", "notes")]
    assert len({round(field.evaluate("(each) => each.getBoundingClientRect().left")) for field in fields}) == 1
    assert {field.evaluate("(each) => getComputedStyle(each).fontWeight") for field in fields} == {"400"}
