"""What holds for every page: axe finds nothing, nothing is too wide for its window, no script fails."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute

from api.app import PAGES
from tests.integration.every_page.addresses import EVERY_PAGE, NOT_A_PAGE, Shown
from tests.integration.every_page.conftest import Browser

AXE = Axe()
VIOLATIONS = "(options) => axe.run(options).then((found) => found.violations)"
"""The rest of what axe finds takes as long to leave the browser as to find."""
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
"""Of axe, empty for all: a dark page differs from a light one by its colours alone."""
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_every_page_of_the_api_stands_in_the_list() -> None:
    routes = {
        route.path_format
        for module in PAGES
        for route in module.router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }
    assert routes - NOT_A_PAGE == {shown.route for shown in EVERY_PAGE} - {""}


@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.parametrize("shown", EVERY_PAGE, ids=[shown.address for shown in EVERY_PAGE])
def test_everybody_can_use_it_on_a_desk_and_on_a_phone(browser: Browser, shown: Shown) -> None:
    page = browser.page
    assert browser.open(shown.address) == shown.status
    page.evaluate(UNFOLD)
    page.evaluate(AXE.axe_script)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_WIDE) <= 0, f"wider than {width} pixels"
        for scheme, rules in RULES.items():
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found = page.evaluate(VIOLATIONS, rules)
            told = [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in found]
            assert (width, scheme, told) == (width, scheme, [])
    assert browser.problems == []
