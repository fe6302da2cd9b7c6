from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def test_the_description_of_the_example_of_a_method_needs_no_more_than_the_api_has() -> None:
    """The API's image has neither ``ml`` nor its packages."""
    code = "import sys, florescope_occlusion.description; print(sorted({'ml', 'numpy', 'keras'} & set(sys.modules)))"
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'examples' / 'plugin'}"}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["api.main", "cli.main", "workers.app", "workers.kinds.explain.finish"])
def test_importing_it_loads_neither_tensorflow_nor_keras(module: str) -> None:
    code = f"import sys, {module}; print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
