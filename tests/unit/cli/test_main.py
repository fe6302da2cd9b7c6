from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.exit_code import MEANINGS, ExitCode
from cli.main import JOBS, STACK
from jobs.version import VERSION

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., Any]


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    heavy = ("tensorflow", "keras", "celery", "redis", "boto3", "pydantic", "httpx", "fastapi", "settings")
    probe = f"import sys, cli.main; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command_and_every_exit_code(florescope: Run) -> None:
    ran = florescope("--help")
    assert ran.code == ExitCode.OK
    assert all(command.__name__.replace("_", "-") in ran.out for command in (*STACK, *JOBS))
    words = " ".join(ran.out.split())
    assert all(f"{code.value} {meaning}" in words for code, meaning in MEANINGS.items())


def test_the_version_is_that_of_the_release(florescope: Run) -> None:
    ran = florescope("--version")
    assert (ran.code, ran.out) == (ExitCode.OK, f"florescope {VERSION}\n")


@pytest.mark.parametrize("command", ["train", "explain", "evaluate", "audit", "preview"])
def test_help_names_every_kind_of_data_set(florescope: Run, command: str) -> None:
    words = "".join(florescope(command, "--help").out.replace("│", " ").split())
    assert "synthetic_flowers,aTFDSname,store:datasets/NAME" in words


def test_help_of_the_demo_says_that_it_takes_free_ports(florescope: Run) -> None:
    words = florescope("demo", "--help").out
    assert words.count("a free one") == 3
    assert "FLORESCOPE_API_PORT" not in words
    assert "8000" not in words


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)


@pytest.mark.parametrize("words", [("no-such-command",), ("jobs", "--no-such-option"), ("show",)])
def test_wrong_usage_is_exit_code_2(florescope: Run, words: tuple[str, ...]) -> None:
    assert florescope(*words).code == ExitCode.USAGE


def test_an_api_that_is_not_there_is_one_line_and_its_own_exit_code(florescope: Run) -> None:
    ran = florescope("jobs", "--api", "http://127.0.0.1:9")
    assert ran.code == ExitCode.API_UNREACHABLE
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    assert "http://127.0.0.1:9" in ran.err


@pytest.mark.parametrize("url", ["nonsense", "ftp://here", "http://", "http://[::1"])
def test_an_address_that_is_none_is_wrong_usage(florescope: Run, url: str) -> None:
    assert florescope("jobs", "--api", url).code == ExitCode.USAGE


def test_json_is_one_document_and_nothing_else(florescope: Run) -> None:
    for words in (("jobs",), ("show", "j1"), ("watch", "j1"), ("cancel", "j1"), ("train", "--dataset", "d")):
        ran = florescope(*words, "--json")
        assert isinstance(json.loads(ran.out), dict)
        assert ran.err == ""
