"""A real browser, headless, that talks to nobody but loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
LIMIT_MS = 120_000
"""How long a page may take to come to what is expected: a test that fails waits for it, and no other does."""
expect.set_options(timeout=LIMIT_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; without it the test skips, and fails in CI."""
    executable = shutil.which("chromium")
    if executable is None:
        missing = "there is no chromium on the PATH (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def browser_page() -> Iterator[Page]:
    """An empty page of a browser of its own."""
    with chromium() as browser, new_page(browser) as page:
        yield page


@contextmanager
def new_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """An empty page in a context of its own, which has these options."""
    with browser.new_context(**options) as context:
        context.set_default_timeout(LIMIT_MS)
        yield context.new_page()
