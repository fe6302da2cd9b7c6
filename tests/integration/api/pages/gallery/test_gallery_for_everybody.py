"""The gallery and the pages that lead to it, as axe judges them: light and dark, on a desk and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.integration.api.conftest import Api
from tests.integration.api.pages.gallery.conftest import EVALUATED, EXPLAINED
from tests.services.browser import browser_page

pytestmark = pytest.mark.browser
PATHS = (
    f"/jobs/{EXPLAINED}/images?outcome=wrong&sort=-focus",
    f"/jobs/{EXPLAINED}/images?tile=large&page=2",
    f"/jobs/{EXPLAINED}/images?search=nobody",
    f"/jobs/{EXPLAINED}/images?label=orchid",
    f"/jobs/{EXPLAINED}",
    f"/jobs/{EVALUATED}",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(gallery: Api, scheme: str, width: int) -> None:
    with browser_page() as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        for path in PATHS:
            page.goto(f"{gallery.http.base_url}{path}")
            found = Axe().run(page).response["violations"]
            assert [(path, each["id"], each["nodes"][0]["html"]) for each in found] == []
