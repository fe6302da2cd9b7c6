"""Flower's page of a task leads to the page of the job: Flower's own page, with one link more."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote

from flower import urls
from flower.views.tasks import TaskView
from tornado.routing import URLSpec

from settings import Settings

ACTIONS = '<div class="detail-actions">'
"""Where Flower's page has its buttons; a test holds it against the installed version."""


def job_address(job_id: str, settings: Settings, *, host: str) -> str:
    """The page of a job: where people find the API, or else the API's port on the host that they asked for Flower."""
    site = settings.public_url or f"http://{host}:{settings.api_port}"
    return f"{site}/jobs/{quote(job_id, safe='')}"


def with_link(page: str, address: str) -> str:
    """Flower's page of a task with a link before its buttons."""
    link = f'<a class="btn btn-primary" href="{escape(address)}">Page of the job</a>'
    return page.replace(ACTIONS, f"{ACTIONS}{link}", 1)


class JobView(TaskView):  # type: ignore[misc]  # (flower has no types)
    """A task, which is a job here."""

    def render_string(self, template_name: str, **context: Any) -> bytes:
        """The page that Flower makes, with a link to the page of the job."""
        page: bytes = super().render_string(template_name, **context)
        task = context.get("task")
        if task is None:
            return page
        address = job_address(task.uuid, Settings(), host=self.request.host_name)
        return with_link(page.decode(), address).encode()


def show_links() -> None:
    """Have Flower show them from now on."""
    places = [place for place, each in enumerate(urls.handlers) if getattr(each, "name", None) == "task"]
    for place in places:
        urls.handlers[place] = URLSpec(r"/task/(.+)", JobView, name="task")
