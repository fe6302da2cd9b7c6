"""What workers say of their GPUs, with a library in place of NVIDIA's."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from jobs.live.at_work import GpuMemory
from workers.process.gpus import gpu_memory, open_nvml


class NVMLError(Exception):
    """The library's own."""


class Nvml(ModuleType):
    """As pynvml: two GPUs; ``broken`` raises from then on."""

    NVMLError = NVMLError

    def __init__(self, broken: str = "") -> None:
        super().__init__("pynvml")
        self.broken = broken

    def __getattr__(self, name: str) -> Any:
        answers: dict[str, Any] = {
            "nvmlInit": lambda: None,
            "nvmlDeviceGetCount": lambda: 2,
            "nvmlDeviceGetHandleByIndex": lambda place: place,
            "nvmlDeviceGetMemoryInfo": lambda place: SimpleNamespace(used=place + 1, total=10),
            "nvmlDeviceGetName": lambda place: f"GPU {place}",
        }
        if name not in answers:
            raise AttributeError(name)

        def call(*args: Any) -> Any:
            if self.broken == name:
                raise NVMLError("driver/library version mismatch")
            return answers[name](*args)

        return call


def test_every_gpu_is_told_with_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Nvml())
    assert gpu_memory(open_nvml()) == (
        GpuMemory(name="GPU 0", used_bytes=1, total_bytes=10),
        GpuMemory(name="GPU 1", used_bytes=2, total_bytes=10),
    )


@pytest.mark.parametrize("library", [None, Nvml("nvmlInit")], ids=["no package", "no GPU"])
def test_without_a_gpu_nothing_is_told(monkeypatch: pytest.MonkeyPatch, library: ModuleType | None) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert open_nvml() is None
    assert gpu_memory(None) == ()


@pytest.mark.parametrize("call", ["nvmlDeviceGetCount", "nvmlDeviceGetMemoryInfo"])
def test_a_driver_that_stops_answering_takes_the_gpus_from_the_page_and_no_more(call: str) -> None:
    assert gpu_memory(Nvml(call)) == ()


def test_the_library_that_is_installed_has_all_that_is_asked_of_it() -> None:
    pynvml: Any = importlib.import_module("pynvml")
    named = ("nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetHandleByIndex", "nvmlDeviceGetMemoryInfo")
    assert all(callable(getattr(pynvml, name)) for name in (*named, "nvmlDeviceGetName"))
    assert issubclass(pynvml.NVMLError, Exception)
