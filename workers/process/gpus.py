"""Reads the memory of GPUs by NVIDIA's management library; without one, or without a GPU, there is nothing to tell."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, cast

from jobs.live.at_work import GpuMemory


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


def gpu_memory(nvml: ModuleType | None) -> tuple[GpuMemory, ...]:
    """The memory of every GPU that this process may see; nothing where the driver does not answer."""
    if nvml is None:
        return ()
    try:
        handles = [nvml.nvmlDeviceGetHandleByIndex(place) for place in range(nvml.nvmlDeviceGetCount())]
        return tuple(_read(nvml, handle) for handle in handles)
    except nvml.NVMLError:
        return ()


def _read(nvml: ModuleType, handle: object) -> GpuMemory:
    memory, name = nvml.nvmlDeviceGetMemoryInfo(handle), nvml.nvmlDeviceGetName(handle)
    return GpuMemory(name=name, used_bytes=memory.used, total_bytes=memory.total)
