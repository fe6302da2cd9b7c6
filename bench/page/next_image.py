"""How soon the next image is there after an arrow key: from the key until its maps are drawn and painted."""

from __future__ import annotations

import io
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from bench.page.serving import serving
from jobs import keys
from jobs.listings.image_listing import ImageListing, ListedImage
from store.local import LocalStore
from tests.services.browser import browser_page
from tests.services.stored_results import MadeUpImage, store_results

IMAGES, PHOTOGRAPH, PIXELS, CELLS = 48, (640, 500), 224, 7
DATASET, JOB = "store:datasets/bench", "walked"
REST_MS = 400
"""Pause between two keys, as of a person who looks at each image; neighbours are fetched meanwhile."""
STATIC = Path(__file__).parents[2] / "api" / "static"
# From the key until the browser has painted a frame with the maps of another image.
_NEXT_MS = """() => new Promise((resolve) => {
    const begun = performance.now();
    document.addEventListener("maps-drawn", () =>
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun))), { once: true });
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
})"""


def measure(address: str | None = None) -> Mapping[str, float]:
    """``next_image_ms`` (median), ``next_image_p95_ms``, ``script_bytes``.

    Args:
        address: of an image on a server that runs; None: a job is made up whose photographs, maps of a layer and maps
            of pixels are as large as those of MobileNetV2.
    """
    if address is not None:
        with browser_page() as page:
            return _walked(page, address)
    with tempfile.TemporaryDirectory(prefix="florescope-page-") as folder:
        _make_up(Path(folder) / "store")
        with serving(Path(folder) / "store") as server, browser_page() as page:
            return _walked(page, f"{server.url}/jobs/{JOB}/images/0.jpeg")


def _walked(page: Page, address: str) -> dict[str, float]:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}#view=side")
    page.locator("[data-drawn]").wait_for()
    times = []
    while page.locator("a[data-walk=after]").count():
        page.wait_for_timeout(REST_MS)
        times.append(page.evaluate(_NEXT_MS))
    if not times:
        raise RuntimeError(f"{address} is the last image of its list: name the first one")
    return {
        "next_image_ms": statistics.median(times),
        "next_image_p95_ms": float(np.percentile(times, 95)),
        "next_images": len(times),
        "script_bytes": sum(path.stat().st_size for path in STATIC.rglob("*.js")),
    }


def _make_up(folder: Path) -> None:
    store, random = LocalStore(folder), np.random.default_rng(0)
    photographs = {f"{number}.jpeg": _photograph(random) for number in range(IMAGES)}
    images = [
        MadeUpImage(
            name,
            maps={
                "gradcam": random.random((CELLS, CELLS), np.float32),
                "integrated_gradients": random.standard_normal((PIXELS, PIXELS), np.float32),
            },
            values={"focus": 0.3, "map_error": 0.03},
        )
        for name in photographs
    ]
    store_results(store, JOB, images, spec={"dataset": DATASET}, shard_size=IMAGES)
    for name, data in photographs.items():
        store.put(f"datasets/bench/{name}", data)
    listed = tuple(ListedImage(path=name, size=len(data)) for name, data in photographs.items())
    store.put(keys.listing(JOB), ImageListing(dataset=DATASET, images=listed).encode())


def _photograph(random: np.random.Generator) -> bytes:
    """Coarse noise, which a JPEG takes about as many bytes for as for a flower."""
    coarse = Image.fromarray(random.integers(0, 255, (40, 50, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    coarse.resize(PHOTOGRAPH, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
