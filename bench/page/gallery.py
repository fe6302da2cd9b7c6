"""The first page of a gallery with two filters and an order: what it costs the server, and when it is seen."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

import httpx
from playwright.sync_api import Page

from bench.page.serving import Server, serving
from bench.scale.finalizing import finalized
from tests.services.browser import browser_page

IMAGES, ROUNDS, REQUESTS = 100_000, 9, 20
PAGE = "/jobs/fake/images?outcome=wrong&range=confidence:0.5..0.9&sort=-judged_delta"
# Since the address was asked for, until every picture that can be seen is decoded.
_SHOWN_MS = """async () => {
    const seen = [...document.images].filter(each => each.getBoundingClientRect().top < innerHeight);
    await Promise.all(seen.map(each => each.decode()));
    await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return [performance.now(), seen.length];
}"""


def measure(*, images: int = IMAGES) -> Mapping[str, float]:
    """``gallery_cpu_s`` (server, mean of warm requests), ``gallery_shown_s`` (Chromium, median of warm loads)."""
    with tempfile.TemporaryDirectory(prefix="florescope-page-") as folder:
        finalized(images, Path(folder) / "store")
        with serving(Path(folder) / "store") as server, browser_page() as page:
            found = {"gallery_cpu_s": _cpu_s(server), **_shown_s(server, page)}
            return {**found, "gallery_images": images, "gallery_bytes": len(_html(server))}


def _cpu_s(server: Server) -> float:
    for _ in range(3):
        _html(server)
    before = server.cpu_s()
    for _ in range(REQUESTS):
        _html(server)
    return (server.cpu_s() - before) / REQUESTS


def _html(server: Server) -> str:
    answer = httpx.get(server.url + PAGE, headers={"accept": "text/html"}, timeout=60)
    answer.raise_for_status()
    return answer.text


def _shown_s(server: Server, page: Page) -> dict[str, float]:
    page.set_viewport_size({"width": 1280, "height": 800})
    times, pictures = [], 0
    for _ in range(ROUNDS):
        page.goto(server.url + PAGE, wait_until="commit")
        page.wait_for_selector(".tiles .tile:last-child", state="attached")
        milliseconds, pictures = page.evaluate(_SHOWN_MS)
        times.append(milliseconds / 1000)
    if not pictures:
        raise RuntimeError("no picture was seen")
    warm = times[1:]
    return {"gallery_shown_s": statistics.median(warm), "gallery_shown_max_s": max(warm), "gallery_pictures": pictures}
