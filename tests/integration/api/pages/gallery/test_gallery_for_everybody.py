"""The gallery and the pages that lead to it, as axe judges them: light and dark, on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.integration.api.conftest import Api
from tests.integration.api.pages.gallery.conftest import EVALUATED, EXPLAINED
from tests.services.axe import broken_rules, load_axe, too_pale

pytestmark = pytest.mark.browser
PATHS = (
    f"/jobs/{EXPLAINED}/images?outcome=wrong&sort=-focus",
    f"/jobs/{EXPLAINED}/images?tile=large&page=2",
    f"/jobs/{EXPLAINED}/images?search=nobody",
    f"/jobs/{EXPLAINED}/images?label=orchid",
    f"/jobs/{EXPLAINED}",
    f"/jobs/{EVALUATED}",
)


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(gallery: Api, page: Page, path: str) -> None:
    page.goto(f"{gallery.http.base_url}{path}")
    load_axe(page)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert (width, broken_rules(page)) == (width, [])
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert (width, scheme, too_pale(page)) == (width, scheme, [])
