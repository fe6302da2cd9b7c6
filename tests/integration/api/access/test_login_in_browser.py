"""A person logs in with a key, sends pictures and submits a job, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.access.gate import require_identity
from api.app import create_app
from dispatch.connection import Connection
from dispatch.identity.key_ring import KeyRequest, create_key
from jobs.identity.role import Role
from store.memory import MemoryStore
from tests.integration.api.access.conftest import OWN
from tests.services.api_server import api_client

pytestmark = pytest.mark.browser


@pytest.fixture
def page(page: Page, store: MemoryStore, connection: Connection) -> Iterator[Page]:
    app = create_app(store=store, board=connection.board, queue=connection.queue)
    require_identity(app)
    with api_client(app) as http:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{http.base_url}/new/train")
        yield page


@pytest.fixture
def logged_in(page: Page, store: MemoryStore) -> Page:
    page.get_by_label("API key").fill(create_key(KeyRequest("anna", Role.SUBMITTER, (OWN,)), store)[1])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(f"anna · {OWN}")).to_be_visible()
    return page


def test_logging_in_leads_to_the_page_that_was_asked_for(logged_in: Page) -> None:
    assert logged_in.url.endswith("/new/train")


def test_a_job_is_submitted_and_cancelled(logged_in: Page) -> None:
    logged_in.locator("[name=dataset]").fill("synthetic_flowers")
    logged_in.get_by_role("button", name="Submit").click()
    expect(logged_in.get_by_role("button", name="Cancel")).to_be_visible()
    logged_in.get_by_role("button", name="Cancel").click()
    expect(logged_in.get_by_text("cancelling").first).to_be_visible()


def test_pictures_go_into_a_folder_of_the_project(logged_in: Page, store: MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "flowers" / "rose").mkdir(parents=True)
    (tmp_path / "flowers" / "rose" / "1.jpg").write_bytes(b"picture")
    logged_in.goto(logged_in.url.replace("/new/train", "/upload"))
    logged_in.locator("#pictures-folder").set_input_files(tmp_path / "flowers")
    expect(logged_in.get_by_role("link", name="Train on them")).to_be_visible()
    assert store.get(f"datasets/@{OWN}/mine/rose/1.jpg") == b"picture"


@pytest.mark.parametrize("width", [1280, 360])
def test_no_page_is_wider_than_the_screen(logged_in: Page, width: int) -> None:
    logged_in.set_viewport_size({"width": width, "height": 700})
    site = logged_in.url.removesuffix("/new/train")
    for path in ("/", "/login"):
        logged_in.goto(site + path)
        assert logged_in.evaluate("document.documentElement.scrollWidth") <= width


def test_the_longest_name_of_a_project_fits_a_phone(page: Page, store: MemoryStore) -> None:
    page.get_by_label("API key").fill(create_key(KeyRequest("anna", Role.SUBMITTER, ("p" * 40,)), store)[1])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(f"anna · {'p' * 40}")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
