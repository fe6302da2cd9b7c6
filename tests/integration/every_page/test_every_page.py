"""What holds for every page: axe finds nothing, nothing is too wide for its window, no script fails."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute

from api.app import PAGES
from tests.integration.every_page.addresses import EVERY_PAGE, NOT_A_PAGE, Shown
from tests.integration.every_page.conftest import Browser
from tests.services.axe import broken_rules, load_axe, too_pale

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
    load_axe(page)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_WIDE) <= 0, f"wider than {width} pixels"
        page.emulate_media(color_scheme="light")  # the page before was left dark
        assert (width, broken_rules(page)) == (width, [])
        for scheme in ("light", "dark"):  # which differ by their colours alone
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert (width, scheme, too_pale(page)) == (width, scheme, [])
    assert browser.problems == []
