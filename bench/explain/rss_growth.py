"""Whether a worker's memory grows with the images that it has explained."""

from __future__ import annotations

from collections.abc import Mapping

from bench.explain.embedded_stack import embedded_stack, test_slice
from bench.explain.subject import Subject

FIRST, ALL, PATHS = 1000, 4000, 8


def measure(subject: Subject) -> Mapping[str, float]:
    """``rss_growth``: resident memory after 4,000 images over that after 1,000, Integrated Gradients among them."""
    with embedded_stack(subject) as stack:
        stack.explain(test_slice(0, PATHS), methods=["gradcam", "integrated_gradients"])
        stack.explain(test_slice(0, FIRST), methods=["gradcam"])
        early = stack.worker_memory_bytes()
        stack.explain(test_slice(FIRST, ALL - FIRST), methods=["gradcam"])
        late = stack.worker_memory_bytes()
    return {"rss_growth": late / early, "rss_mib_after_1000": early / 2**20, "rss_mib_after_4000": late / 2**20}
