"""Flower's page of a task leads to the page of the job; the installed Flower has the places that this takes."""

from __future__ import annotations

from pathlib import Path

import flower
import pytest
from flower import urls

from settings import Settings
from workers.flower_page import ACTIONS, JobView, job_address, show_links, with_link

TEMPLATE = Path(flower.__file__).parent / "templates" / "task.html"


@pytest.mark.parametrize(
    ("public_url", "address"),
    [
        ("", "http://gpu.example:8123/jobs/01a"),
        ("https://florescope.example/x", "https://florescope.example/x/jobs/01a"),
    ],
)
def test_a_job_is_found_where_people_find_the_api(public_url: str, address: str) -> None:
    settings = Settings(public_url=public_url, api_port=8123)
    assert job_address("01a", settings, host="gpu.example") == address


def test_the_page_of_the_installed_flower_takes_the_link() -> None:
    page = TEMPLATE.read_text()
    assert page.count(ACTIONS) == 1
    linked = with_link(page, "http://here/jobs/01a")
    assert '<div class="detail-actions"><a class="btn btn-primary" href="http://here/jobs/01a">' in linked


def test_a_job_id_cannot_leave_its_address() -> None:
    assert job_address('"/../x', Settings(), host="here").endswith("/jobs/%22%2F..%2Fx")


def test_flower_shows_our_page_of_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "handlers", [*urls.handlers])
    show_links()
    views = [each.handler_class for each in urls.handlers if getattr(each, "name", None) == "task"]
    assert views == [JobView]
