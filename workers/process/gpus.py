"""Reads how much GPUs are used, by NVIDIA's management library; without a GPU there is nothing to tell."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, cast

from jobs.live.at_work import GpuUse


def open_nvml() -> ModuleType | None:
    """The library, ready to be asked; None where this machine has no GPU of NVIDIA."""
    try:
        pynvml: Any = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return cast("ModuleType", pynvml)


def gpu_use(nvml: ModuleType | None) -> tuple[GpuUse, ...]:
    """Memory and use of every GPU that this process may see; nothing where the driver does not answer."""
    if nvml is None:
        return ()
    try:
        handles = [nvml.nvmlDeviceGetHandleByIndex(place) for place in range(nvml.nvmlDeviceGetCount())]
        return tuple(_read(nvml, handle) for handle in handles)
    except nvml.NVMLError:
        return ()


def _read(nvml: ModuleType, handle: object) -> GpuUse:
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return GpuUse(
        name=nvml.nvmlDeviceGetName(handle),
        used_bytes=memory.used,
        total_bytes=memory.total,
        uuid=nvml.nvmlDeviceGetUUID(handle),
        busy=_busy(nvml, handle),
    )


def _busy(nvml: ModuleType, handle: object) -> float | None:
    """The share of time in which the GPU was busy; None of a part of a GPU (MIG), which does not say."""
    try:
        return float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu) / 100
    except nvml.NVMLError:
        return None
