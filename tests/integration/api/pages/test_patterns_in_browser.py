"""Names that a form does not take are refused by the browser itself, before anything is sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.integration.api.conftest import Api

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("path", "field", "taken", "refused"),
    [
        ("/notices", "#name", "ops-chat", "Ops chat"),
        ("/notices", "#name", "a1", "-a1"),
        ("/upload", "#folder-name", "my-garden_2.b", "../garden"),
        ("/upload", "#folder-name", "0", "-0"),
    ],
)
def test_a_wrong_name_is_refused_and_the_browser_has_no_complaint(
    api: Api, page: Page, path: str, field: str, taken: str, refused: str
) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(str(api.http.base_url.join(path)))
    found = page.locator(field)
    for name, fits in ((taken, True), (refused, False)):
        found.fill(name)
        assert found.evaluate("each => each.checkValidity()") is fits
    assert told == []


def test_a_folder_with_a_wrong_name_is_not_sent_and_can_be_chosen_again(
    api: Api, page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mine")
    (folder / "rose").mkdir()
    (folder / "rose" / "1.jpg").write_bytes(b"picture")
    page.goto(str(api.http.base_url.join("/upload")))
    for name in ("my garden", "my-garden"):
        page.get_by_label("Name of the data set").fill(name)
        page.locator("#pictures-folder").set_input_files(folder)
    expect(page.get_by_text("1 pictures are there")).to_be_visible()
    assert [key for key in api.contents() if key.startswith("datasets/")] == ["datasets/my-garden/rose/1.jpg"]
