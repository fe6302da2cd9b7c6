"""What has to be installed for the client."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


def test_importing_the_client_loads_httpx_and_nothing_else_that_is_heavy() -> None:
    heavy = ("boto3", "celery", "duckdb", "numpy", "pandas", "pyarrow", "pydantic", "redis", "tensorflow")
    code = f"import sys; from florescope import Client; print([each for each in {heavy} if each in sys.modules])"
    assert run(code) == "[]\n"


def test_without_httpx_the_error_says_what_to_install() -> None:
    code = (
        "import sys, florescope; sys.modules['httpx'] = None\n"
        "try: florescope.Client\n"
        "except ImportError as error: print(error)"
    )
    assert run(code) == "the client needs httpx: pip install 'florescope[client]', or pip install httpx\n"


def test_every_package_that_is_asked_for_when_it_is_needed_is_an_extra() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "florescope").rglob("*.py"))
    asked = set(re.findall(r'optional\("(\w+)"', sources))
    assert asked
    assert asked <= set(EXTRAS)


def test_the_extra_of_the_command_line_is_what_a_checkout_installs_for_it() -> None:
    assert EXTRAS["cli"] == PROJECT["dependency-groups"]["cli"]
    assert set(EXTRAS["client"]) < set(EXTRAS["cli"])
