"""Packages that add methods of explanation, as if they were installed while a test runs."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobs.specs.installed_methods import GROUP, installed_methods

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin"
DESCRIPTION = """
from jobs.specs.explanation_methods import ExplanationMethod
from pydantic import BaseModel

class Options(BaseModel):
    window: int = 3

METHOD = ExplanationMethod("Sour", "Sour", "diverging", of_layer={of_layer}, options=Options, function="sour.work:run")
"""


def install_example(folder: Path) -> None:
    """Install examples/plugin into a folder, with pip but without a network."""
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(EXAMPLE)]
    subprocess.run(command, check=True, capture_output=True, text=True)


def write_package(folder: Path, entries: Mapping[str, str], modules: Mapping[str, str], *, name: str = "sour") -> None:
    """Write what installing a package leaves: its modules, its metadata and its entry points."""
    for module, text in modules.items():
        path = folder / name / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"[{GROUP}]", *(f"{entry} = {value}" for entry, value in entries.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines))


def write_method(folder: Path, function: str, *, of_layer: bool = False) -> None:
    """A package whose method ``sour`` has this text as the module of its function, ``run``."""
    modules = {"__init__": "", "description": DESCRIPTION.format(of_layer=of_layer), "work": function}
    write_package(folder, {"sour": "sour.description:METHOD"}, modules)


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """What lies in the folder can be imported, and is known to have been installed."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    installed_methods.cache_clear()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        installed_methods.cache_clear()
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", None)).startswith(str(folder)):
                del sys.modules[name]
