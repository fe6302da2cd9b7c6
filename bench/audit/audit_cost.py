"""What an audit costs beside the explanation that it builds on: both as whole jobs, of the same 1,024 real images.

An explanation by default computes GradCAM and Integrated Gradients; the cheapest has GradCAM alone. The worker has done
both kinds of job before, of other images, so that loading TensorFlow and compiling belong to neither.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.audit.labelled_pictures import has_real
from bench.explain.embedded_stack import MODEL_ID, EmbeddedStack, embedded_stack, test_slice
from bench.explain.real_model import DATASET, Places
from bench.explain.subject import Subject
from florescope.job_view import JobView

IMAGES, WARM_UP = 1024, 64
METHODS: Mapping[str, list[str]] = {"": ["gradcam", "integrated_gradients"], "_gradcam": ["gradcam"]}
"""Methods of the explanations, by the end of the figure's name."""


def audit_cost_figures() -> dict[str, Any]:
    """``audit_cost`` and ``audit_cost_gradcam``; empty where Flowers102 and the weights are not on disk."""
    if not has_real():
        return {}
    folder = Path(os.environ.get("FLORESCOPE_BENCH_DIR", "var/bench/audit"))
    folder.mkdir(parents=True, exist_ok=True)
    places = Places(os.environ["TFDS_DATA_DIR"], os.environ["FLORESCOPE_WEIGHTS_DIR"], folder)
    with embedded_stack(Subject(places)) as stack:
        for methods in METHODS.values():
            _pair(stack, test_slice(IMAGES, WARM_UP), methods)
        return {
            name: value for end, methods in METHODS.items() for name, value in _figures(stack, end, methods).items()
        }


def _figures(stack: EmbeddedStack, end: str, methods: list[str]) -> dict[str, Any]:
    explained_s, audited_s, audit = _pair(stack, test_slice(0, IMAGES), methods)
    return {
        f"audit_cost{end}": audited_s / explained_s,
        f"audit_cost{end}_explanation_s": explained_s,
        f"audit_cost{end}_audit_s": audited_s,
        f"audit_cost{end}_training_images": audit.summary["training_images"],
    }


def _pair(stack: EmbeddedStack, split: str, methods: list[str]) -> tuple[float, float, JobView]:
    """Seconds of an explanation, and of an audit that builds on it; and the audit."""
    started = time.perf_counter()
    explanation = stack.explain(split, methods=methods)
    explained = time.perf_counter()
    spec = {"kind": "audit", "model": MODEL_ID, "dataset": DATASET, "split": split, "explanation": explanation.id}
    audit = stack.run(spec)
    return explained - started, time.perf_counter() - explained, audit
