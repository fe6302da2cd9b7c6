"""A whole job, from its submission to its end, against the engine with all images in memory.

What the job does besides explaining: plan, read and decode, draw, compress, hash and store a picture and a raw map for
each image, measure each map, keep a record of it, renew leases, report progress, and write table, report and manifest.
The worker has explained a few images before, as the engine has: loading TensorFlow and compiling belong to neither.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bench.explain.embedded_stack import EmbeddedStack, embedded_stack, test_slice
from bench.explain.real_model import FEATURE_LAYER, real_images
from bench.explain.subject import Subject
from ml.attribution.explainer import Explainer, ExplainOptions


@dataclass(frozen=True)
class Case:
    """One figure: ``job_ratio_<name>``."""

    name: str
    method: str
    images: int
    warm_up: int
    rounds: int


CASES = (
    Case("gradcam", "gradcam", images=1024, warm_up=128, rounds=3),
    Case("ig", "integrated_gradients", images=64, warm_up=8, rounds=1),
)


def measure(subject: Subject) -> Mapping[str, float]:
    """``job_ratio_gradcam`` and ``job_ratio_ig``; the engine is timed before and after the jobs.

    ``…_while_shards_run`` leaves out what a job costs once, however many images it has: planning and the end.
    """
    engines = [_Engine(subject, case) for case in CASES]
    before = [engine.images_per_s() for engine in engines]
    with embedded_stack(subject) as stack:
        jobs = [_jobs(stack, case) for case in CASES]
    after = [engine.images_per_s() for engine in engines]
    found: dict[str, float] = {}
    for case, *rates, (running, whole) in zip(CASES, before, after, jobs, strict=True):
        alone = statistics.mean(rates)
        found |= {
            f"job_ratio_{case.name}": whole / alone,
            f"job_ratio_{case.name}_while_shards_run": running / alone,
            f"job_images_per_s_{case.name}": whole,
            f"job_images_per_s_{case.name}_while_shards_run": running,
            f"engine_images_per_s_{case.name}": alone,
        }
    return found


class _Engine:
    def __init__(self, subject: Subject, case: Case) -> None:
        images, labels = real_images(subject.places, case.images)
        self._pairs = list(zip(images, labels, strict=True))
        self._explainer = Explainer(subject.model, ExplainOptions(FEATURE_LAYER, methods=(case.method,)))
        self._rounds = case.rounds
        for _ in self._explainer.stream(self._pairs[: case.warm_up]):
            pass

    def images_per_s(self) -> float:
        return statistics.median(self._rate() for _ in range(self._rounds))

    def _rate(self) -> float:
        started = time.perf_counter()
        explained = sum(1 for _ in self._explainer.stream(self._pairs))
        return explained / (time.perf_counter() - started)


def _jobs(stack: EmbeddedStack, case: Case) -> tuple[float, float]:
    """Images per second while shards run, and from submission to end; medians over the rounds."""
    stack.explain(test_slice(case.images, case.warm_up), methods=[case.method])
    running, whole = list[float](), list[float]()
    for _ in range(case.rounds):
        started = time.perf_counter()
        job = stack.explain(test_slice(0, case.images), methods=[case.method])
        whole.append(case.images / (time.perf_counter() - started))
        running.append(float(job.summary["images_per_s"]))
    return statistics.median(running), statistics.median(whole)
