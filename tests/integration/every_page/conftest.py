"""The site in front of a real browser, once for all tests of these pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import redis
from playwright.sync_api import Page

from api.app import create_app
from dispatch.connection import connect
from store.memory import MemoryStore
from tests.integration.every_page.site import Site, do_every_kind
from tests.services.api_server import api_client
from tests.services.browser import chromium, new_page
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on
from tests.shallow_network import make_small_cnn_shallow


@dataclass
class Browser:
    """A page of a browser, and where the site is.

    Attributes:
        problems: what scripts and the browser complained of since ``open``.
    """

    page: Page
    address: str
    jobs: dict[str, str]
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> int | None:
        """Go to an address with names of jobs in it; returns the status of the answer."""
        self.problems.clear()
        self.page.goto("about:blank")
        answer = self.page.goto(self.address + path.format_map(self.jobs))
        return answer.status if answer else None


@pytest.fixture(scope="module")
def site(shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    redis.Redis.from_url(shared_redis.url).flushall()
    connection = connect(redis_url=shared_redis.url, lease_ttl_s=10)
    made = Site(services_on(connection, MemoryStore("site")), {})
    with pytest.MonkeyPatch.context() as patched:
        make_small_cnn_shallow(patched)
        do_every_kind(made, tmp_path_factory.mktemp("site"))
    return made


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    services = site.services
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    # Reports may run no script at all, and axe is one.
    with api_client(app) as http, chromium() as started, new_page(started, bypass_csp=True) as page:
        found = Browser(page, str(http.base_url).rstrip("/"), site.jobs)
        page.on("pageerror", lambda error: found.problems.append(str(error)))
        yield found
