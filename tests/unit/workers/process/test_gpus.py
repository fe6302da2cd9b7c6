"""What workers say of their GPUs, with a library in place of NVIDIA's."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from jobs.live.at_work import GpuUse
from workers.process.gpus import gpu_use, open_nvml


class NVMLError(Exception):
    """The class of errors of NVIDIA's library."""


class Nvml(ModuleType):
    """Stands in for pynvml, with two GPUs; every call fails once ``broken`` is set."""

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
            "nvmlDeviceGetUUID": lambda place: f"GPU-{place}f",
            "nvmlDeviceGetUtilizationRates": lambda place: SimpleNamespace(gpu=25 * place, memory=1),
        }
        if name not in answers:
            raise AttributeError(name)

        def call(*args: Any) -> Any:
            if self.broken == name:
                raise NVMLError("driver/library version mismatch")
            return answers[name](*args)

        return call


def test_every_gpu_is_told_with_its_memory_and_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Nvml())
    assert gpu_use(open_nvml()) == (
        GpuUse(name="GPU 0", used_bytes=1, total_bytes=10, uuid="GPU-0f", busy=0.0),
        GpuUse(name="GPU 1", used_bytes=2, total_bytes=10, uuid="GPU-1f", busy=0.25),
    )


def test_a_part_of_a_gpu_does_not_say_how_busy_it_is_and_is_told_all_the_same() -> None:
    assert [gpu.busy for gpu in gpu_use(Nvml("nvmlDeviceGetUtilizationRates"))] == [None, None]


@pytest.mark.parametrize("library", [None, Nvml("nvmlInit")], ids=["no package", "no GPU"])
def test_without_a_gpu_nothing_is_told(monkeypatch: pytest.MonkeyPatch, library: ModuleType | None) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert open_nvml() is None
    assert gpu_use(None) == ()


@pytest.mark.parametrize("call", ["nvmlDeviceGetCount", "nvmlDeviceGetMemoryInfo"])
def test_a_driver_that_stops_answering_takes_the_gpus_from_the_page_and_no_more(call: str) -> None:
    assert gpu_use(Nvml(call)) == ()


def test_the_library_that_is_installed_has_all_that_is_asked_of_it() -> None:
    pynvml: Any = importlib.import_module("pynvml")
    of_a_device = ("Count", "HandleByIndex", "MemoryInfo", "Name", "UUID", "UtilizationRates")
    asked = ("Init", *(f"DeviceGet{name}" for name in of_a_device))
    assert all(callable(getattr(pynvml, f"nvml{name}")) for name in asked)
    assert issubclass(pynvml.NVMLError, Exception)
