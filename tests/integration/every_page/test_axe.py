"""The checks of every page find what is wrong with a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.services.axe import broken_rules, load_axe, too_pale
from tests.services.browser import browser_page

pytestmark = pytest.mark.browser
PALE = "color: #bbb; background: #fff"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser_page() as opened:
        yield opened


def show(page: Page, body: str) -> None:
    page.set_content(f"<!doctype html><html lang=en><title>Roses</title><main><h1>Roses</h1>{body}</main>")
    load_axe(page)


def test_a_page_on_which_nothing_is_wrong_has_no_findings(page: Page) -> None:
    show(page, "<p>red</p><label>How many <input value=3></label>")
    assert (broken_rules(page), too_pale(page)) == ([], [])


def test_a_picture_without_words_is_found(page: Page) -> None:
    show(page, "<img src='data:,'>")
    assert [rule for rule, _, _ in broken_rules(page)] == ["image-alt"]


@pytest.mark.parametrize(
    "pale",
    [
        f"<p style='{PALE}'>pale</p>",
        f"<button disabled style='{PALE}'>off</button><button style='{PALE}'>pale</button>",
        f"<p style='display: none; {PALE}'>hidden</p><p style='{PALE}'>pale</p>",
        "<p style='color: #bbb; background: #111'>clear</p><div style='background: #fff'>"
        "<p style='color: #bbb'>pale</p></div>",
        f"<label>name <input style='{PALE}' value=pale></label>",
    ],
)
def test_what_is_too_pale_is_found_also_behind_what_looks_alike(page: Page, pale: str) -> None:
    show(page, f"<p>red</p>{pale}<p>white</p>")
    [(rule, element, why)] = too_pale(page)
    assert rule == "color-contrast"
    assert "pale" in element
    assert "#bbbbbb" in why


def test_what_is_too_pale_in_the_dark_alone_is_found_there(page: Page) -> None:
    show(page, "<style>@media (prefers-color-scheme: dark) { p { color: #333; background: #000 } }</style><p>red</p>")
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found[scheme] = [element for _, element, _ in too_pale(page)]
    assert found == {"light": [], "dark": ["<p>red</p>"]}
