"""Says how much the GPUs of workers are used; nothing where there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from jobs.live.at_work import GpuUse, WorkerSign

_LABELS = ("worker", "gpu", "name")
_READINGS: tuple[tuple[str, str, Callable[[GpuUse], float | None]], ...] = (
    ("gpu_memory_used_bytes", "Memory of a GPU that is taken, by whomever.", lambda gpu: gpu.used_bytes),
    ("gpu_memory_bytes", "Memory of a GPU.", lambda gpu: gpu.total_bytes),
    ("gpu_busy_ratio", "The share of the last moment in which a GPU computed.", lambda gpu: gpu.busy),
)


class Gpus(Collector):
    """Every GPU as each worker of its machine tells of it; ``gpu`` is the same for all of them."""

    def __init__(self, signs: Sequence[WorkerSign]) -> None:
        self._told = [(sign.worker, gpu) for sign in signs for gpu in sign.gpus]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """See prometheus_client."""
        for name, meaning, reading in _READINGS:
            family = GaugeMetricFamily(f"florescope_{name}", meaning, labels=_LABELS)
            for worker, gpu in self._told:
                if (value := reading(gpu)) is not None:
                    family.add_metric((worker, gpu.uuid, gpu.name), value)
            if family.samples:
                yield family
